// Precision, recall and form accuracy of the classifier over real templates with labels, every error listed.
//   npm run bench:classifier -- [--templates DIR] [--labels FILE] [--by-repository]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'

const root = resolve(import.meta.dirname, '..')
const corpus = join(process.env.SECRETS_SHARED ?? resolve(root, '../shared'), 'corpus')
const { values: options } = parseArgs({
  options: {
    templates: { type: 'string', default: join(corpus, 'templates') },
    labels: { type: 'string', default: join(corpus, 'labels.json') },
    'by-repository': { type: 'boolean', default: false },
  },
})

const { classify, EnvDocument } = await loadClassifier()
const labels = JSON.parse(readFileSync(options.labels, 'utf8'))
const rows = readdirSync(options.templates)
  .filter(file => labels[file] !== undefined)
  .flatMap(judgeFile)
report(rows)
if (options['by-repository']) reportByRepository(rows)

async function loadClassifier() {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-classifier-'))
  const input = join(root, 'bench', 'classifier-entry.ts')
  const build = await rolldown({ input, platform: 'node' })
  await build.write({ file: join(directory, 'classifier.cjs'), format: 'cjs' })
  await build.close()
  const loaded = createRequire(import.meta.url)(join(directory, 'classifier.cjs'))
  rmSync(directory, { recursive: true })
  return loaded
}

function judgeFile(file) {
  const document = EnvDocument.parse(readFileSync(join(options.templates, file)), file)
  return classify(document, { file }).map(decision => judge(file, decision, labels[file][decision.name]))
}

/** A positive is labelled `generate` in every alternative; where some do, the variable is left out. */
function judge(file, decision, label) {
  const alternatives = label === undefined ? [] : label.split('|')
  const generates = alternatives.filter(one => one.startsWith('generate'))
  const kind =
    label === undefined || (generates.length > 0 && generates.length < alternatives.length)
      ? 'neutral'
      : generates.length > 0
        ? 'positive'
        : 'negative'
  const isDerived = decision.decision === 'derive'
  const isGenerated = decision.decision === 'generate'
  const isForm = isGenerated && generates.some(one => fits(decision.form, one.slice('generate:'.length)))
  return { file, label, kind, isGenerated, isDerived, isForm, ...decision }
}

/** Whether a value of `form` is one that the label's format accepts. */
function fits(form, wanted) {
  const [kind, size = '32'] = form.split(':')
  const [need, count] = wanted.split(':')
  const characters =
    { hex: size * 2, base64: Math.ceil(size / 3) * 4, base64url: Math.ceil((size * 4) / 3) }[kind] ??
    Number(size)
  switch (need) {
    case 'any':
      return true
    case 'min':
      return characters >= Number(count)
    case 'chars':
      return characters === Number(count)
    case 'hex':
      return kind === 'hex' && size === count
    case 'base64':
      return kind === 'base64' && size === count
    case 'urlsafe':
      return (kind === 'base64url' || kind === 'hex') && characters >= Number(count)
    case 'alnum':
      return (kind === 'hex' && characters >= Number(count)) || kind === 'alnum' || kind === 'chars'
    case 'password':
      return count === '4-classes'
        ? form.includes('special')
        : ['password', 'hex', 'base64url', 'alnum', 'chars'].includes(kind)
    case 'wp-salt':
      return characters >= 64 || kind === 'wp-salt'
    default:
      return kind === need
  }
}

function figures(all) {
  const count = test => all.filter(test).length
  const hits = count(row => row.kind === 'positive' && row.isGenerated)
  const positives = count(row => row.kind === 'positive')
  const wrong = count(row => row.kind === 'negative' && row.isGenerated)
  const forms = count(row => row.kind === 'positive' && row.isForm)
  return {
    hits,
    positives,
    wrong,
    precision: hits / (hits + wrong),
    recall: hits / positives,
    form: forms / hits,
  }
}

function report(all) {
  for (const row of all) {
    const isMissed = row.kind === 'positive' && !row.isGenerated
    const isWrong = row.kind === 'negative' && row.isGenerated
    const isBadForm = row.kind === 'positive' && row.isGenerated && !row.isForm
    const isUnderived = row.label?.startsWith('derive') && !row.label.includes('|') && !row.isDerived
    const what = isMissed
      ? 'MISSED'
      : isWrong
        ? 'WRONG '
        : isBadForm
          ? 'FORM  '
          : isUnderived
            ? 'DERIVE'
            : undefined
    if (what !== undefined) {
      console.log(
        `${what} ${row.file}:${row.line} ${row.name}: ${row.decision} ${row.form ?? ''} (label ${row.label}; ${row.reason})`,
      )
    }
  }
  const { hits, positives, wrong, precision, recall, form } = figures(all)
  console.log(
    `\nvariables ${all.length}, to generate ${positives}, found ${hits}, wrongly generated ${wrong}`,
  )
  console.log(`precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  form ${form.toFixed(3)}`)
}

/** How much one repository carries: the figures without each of them; a rule made for one file shows as a jump. */
function reportByRepository(all) {
  const names = [...new Set(all.map(row => row.file.split('__').slice(0, 2).join('/')))]
  const without = names.map(name => ({
    name,
    ...figures(all.filter(row => row.file.split('__').slice(0, 2).join('/') !== name)),
  }))
  const spread = key => [Math.min(...without.map(one => one[key])), Math.max(...without.map(one => one[key]))]
  for (const key of ['precision', 'recall', 'form']) {
    const [low, high] = spread(key)
    console.log(`${key} with one repository left out: ${low.toFixed(3)} to ${high.toFixed(3)}`)
  }
}
