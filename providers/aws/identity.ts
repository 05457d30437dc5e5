import type { Identity } from '../../src/core/provider.ts'
import type { AwsClient, Session } from './client.ts'
import { failureOf } from './failures.ts'

/** As whom we are signed in. Asks for the description of a secret that is hardly there: no value is read. */
export async function identify(client: AwsClient, object: string, signal: AbortSignal): Promise<Identity> {
  await client.send(
    'secretsmanager:DescribeSecret',
    async ({ sdk, client: on }, options) => {
      try {
        await on.send(new sdk.DescribeSecretCommand({ SecretId: object }), options)
      } catch (error) {
        if (!(error instanceof sdk.ResourceNotFoundException)) throw error
      }
    },
    signal,
  )
  return { who: await nameOf(client, signal), where: await placeOf(client, signal) }
}

/** Whom the token service knows the credentials as. That it cannot be asked stops nothing. */
export async function nameOf(client: AwsClient, signal: AbortSignal): Promise<string> {
  const who = await client
    .send(
      'sts:GetCallerIdentity',
      (session, options) => callerOf(session, client.settings.stsEndpoint, options),
      signal,
    )
    .catch(() => undefined)
  signal.throwIfAborted()
  return who ?? 'an identity that the token service does not name (sts:GetCallerIdentity cannot be asked)'
}

export async function placeOf(client: AwsClient, signal: AbortSignal): Promise<string> {
  const { region } = await client.open(signal)
  const { endpoint, prefix } = client.settings
  const where = endpoint ?? `AWS Secrets Manager, ${region}`
  return prefix === '' ? where : `${where}, ${prefix}*`
}

interface Signer {
  sign(
    request: object,
    scope: { readonly signingService: string; readonly signingRegion: string },
  ): Promise<object>
}

interface Handler {
  handle(
    request: object,
    options: object,
  ): Promise<{ readonly response: { readonly statusCode: number; readonly body: unknown } }>
}

/**
 * sts:GetCallerIdentity, which every identity may ask. Signed and sent by what the client of the store has already for
 * its own requests, so that no further SDK is needed.
 */
async function callerOf(
  { client, region }: Session,
  endpoint: string | undefined,
  options: { readonly abortSignal: AbortSignal },
): Promise<string | undefined> {
  const url = new URL(endpoint ?? `https://sts.${region}.${domainOf(region)}`)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body,
  }
  const signer = (await (client.config.signer as (scheme: object) => Promise<unknown>)({})) as Signer
  const signed = await signer.sign(request, { signingService: 'sts', signingRegion: region })
  const handler = client.config.requestHandler as unknown as Handler
  const { response } = await handler.handle(signed, options)
  const text = Buffer.from(await client.config.streamCollector(response.body)).toString('utf8')
  if (response.statusCode !== 200) throw failureOf(undefined, 'sts:GetCallerIdentity')
  return arnIn(text)
}

/** JSON, as asked for, or the XML that older endpoints know only. */
function arnIn(text: string): string | undefined {
  const [, found] = /"Arn"\s*:\s*"([^"]+)"/.exec(text) ?? /<Arn>([^<]+)<\/Arn>/.exec(text) ?? []
  return found !== undefined && /^arn:[\w+=,.@:/-]{1,2048}$/.test(found) ? found : undefined
}

function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
}
