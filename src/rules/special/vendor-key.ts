import { strongValue } from '../example-values.ts'
import { environmentKind, type Rule, type SeverityTable } from '../rule.ts'
import { variableRule } from '../variable-rule.ts'

const severity: SeverityTable = {
  development: 'warning',
  test: 'warning',
  staging: 'warning',
  production: 'error',
}

type Mode = 'live' | 'test'

/** Beginnings that vendors document: whose key it is, for which of their two worlds, and the beginning. */
const prefixes: readonly (readonly [vendor: string, mode: Mode, prefix: string])[] = [
  ...(['sk', 'rk', 'pk'] as const).flatMap(kind =>
    (['live', 'test'] as const).map(mode => ['Stripe, Clerk or Paystack', mode, `${kind}_${mode}_`] as const),
  ),
  ['Razorpay', 'live', 'rzp_live_'],
  ['Razorpay', 'test', 'rzp_test_'],
  ['Shippo', 'live', 'shippo_live_'],
  ['Shippo', 'test', 'shippo_test_'],
  ['Flutterwave', 'test', 'FLWSECK_TEST-'],
  ['Flutterwave', 'test', 'FLWPUBK_TEST-'],
  ['Midtrans', 'test', 'SB-Mid-'],
  ['Checkout.com', 'test', 'sk_sbox_'],
  ['Checkout.com', 'test', 'pk_sbox_'],
  ['Square', 'test', 'sandbox-sq0'],
  ['Braintree', 'live', 'access_token$production$'],
  ['Braintree', 'test', 'access_token$sandbox$'],
  // Published for tests: a check with them passes for everybody.
  ['Turnstile', 'test', '1x0000000000000000'],
  ['Turnstile', 'test', '2x0000000000000000'],
  ['reCAPTCHA', 'test', '6LeIxAcTAAAAA'],
  ['hCaptcha', 'test', '10000000-ffff-ffff-ffff-'],
  ['hCaptcha', 'test', '0x0000000000000000000000'],
]

const key = (...parts: readonly string[]): string => parts.join('_')

export const vendorKey: Rule = variableRule({
  id: 'vendor-key',
  title: "a vendor's live key stands in production, its test key elsewhere",
  severity,
  rationale:
    'a live key on a developer machine moves real money and real mail; a test key in production does neither, and a published one lets everybody in',
  fix: "take the key of this environment from the vendor's console",
  source: { title: 'Stripe: API keys', url: 'https://docs.stripe.com/keys' },
  examples: {
    bad: [
      { file: `STRIPE_SECRET_KEY=${key('sk', 'test', strongValue)}\n`, environment: 'production' },
      { file: `STRIPE_SECRET_KEY=${key('sk', 'live', strongValue)}\n` },
      { file: `RAZORPAY_KEY_ID=${key('rzp', 'test', 'a1b2c3d4e5f6g7')}\n`, environment: 'production' },
      { file: `SHIPPO_TOKEN=${key('shippo', 'live', strongValue)}\n`, environment: 'test' },
      { file: 'TURNSTILE_SECRET_KEY=1x0000000000000000000000000000000AA\n', environment: 'production' },
      { file: `SQUARE_APP_ID=${['sandbox', 'sq0idb', strongValue].join('-')}\n`, environment: 'production' },
    ],
    good: [
      { file: `STRIPE_SECRET_KEY=${key('sk', 'live', strongValue)}\n`, environment: 'production' },
      { file: `STRIPE_SECRET_KEY=${key('sk', 'test', strongValue)}\n` },
      { file: `STRIPE_SECRET_KEY=${key('sk', 'test', strongValue)}\n`, environment: 'staging' },
      { file: 'TURNSTILE_SITE_KEY=1x00000000000000000000AA\n' },
      { file: 'STRIPE_PRICE=price_live_x\n' },
      { file: `STRIPE_SECRET_KEY=${key('sk', 'live', '')}\n` },
    ],
  },
  problem({ value }, { environment }) {
    const found = prefixes.find(
      ([, , prefix]) => value.startsWith(prefix) && value.length >= prefix.length + 4,
    )
    if (found === undefined) return undefined
    const [vendor, mode] = found
    const kind = environmentKind(environment)
    const isWrong = kind === 'production' ? mode === 'test' : mode === 'live' && kind !== 'staging'
    if (!isWrong) return undefined
    return {
      problem: `is a ${mode} key (${vendor}) in ${environment}`,
      fix: `take the ${mode === 'live' ? 'test' : 'live'} key from the vendor's console`,
    }
  },
})
