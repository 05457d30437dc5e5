import type { Context } from '../../context.ts'
import type { Decision, Override } from '../../core/classifier/index.ts'
import { isSecretsError, SecretsError } from '../../core/errors.ts'
import { parseDecision } from '../../core/init-override.ts'
import { namesWithoutValue } from '../../core/init-fill.ts'
import type { Overrides, Work } from './work.ts'

/**
 * Shows each decision about a variable that has no value yet and lets the person change it. Gives what was said, by
 * variable. Throws `usage.needs_input` without a terminal.
 */
export async function reviewDecisions(
  context: Context,
  { decisions, existing, pair }: Work,
): Promise<Overrides> {
  if (!context.terminal.isInteractive) {
    throw new SecretsError('usage.needs_input', '--interactive needs a terminal', {
      hints: ['without one: secrets init --set NAME=generate:hex:32|ask|keep'],
    })
  }
  const open = new Set(
    namesWithoutValue(
      existing,
      decisions.map(({ name }) => name),
    ),
  )
  const said = new Map<string, Override>()
  for (const decision of decisions) {
    if (!open.has(decision.name)) continue
    const answer = await askOne(context, pair.targetLabel, decision)
    if (answer === 'rest') break
    if (answer !== undefined) said.set(decision.name, answer)
  }
  return said
}

async function askOne(
  { terminal }: Context,
  target: string,
  decision: Decision,
): Promise<Override | 'rest' | undefined> {
  const { name, decision: kind, form, from, reason } = decision
  const what = [kind, form ?? from].filter(part => part !== undefined).join(' ')
  const question = `${target}: ${name}: ${what} (${reason}). Enter, g[:FORM], a, k, r = the rest as it is: `
  for (;;) {
    const answer = readAnswer((await terminal.ask(question)).trim(), form)
    if (answer !== 'unclear') return answer
    terminal.note('Enter takes it as it is, g[:FORM] generates, a asks, k keeps what the template has')
  }
}

function readAnswer(text: string, form = 'hex:32'): Override | 'rest' | 'unclear' | undefined {
  const [word = '', rest] = [text.split(/[: ]/, 1)[0], /[: ](.*)/.exec(text)?.[1]]
  switch (word) {
    case '':
      return undefined
    case 'r':
      return 'rest'
    case 'a':
      return personSaid('ask')
    case 'k':
      return personSaid('keep')
    case 'g':
      return personSaid(`generate:${rest ?? form}`)
    default:
      return 'unclear'
  }
}

function personSaid(text: string): Override | 'unclear' {
  try {
    return { ...parseDecision(text), reason: 'you said so' }
  } catch (error) {
    if (isSecretsError(error)) return 'unclear'
    throw error
  }
}
