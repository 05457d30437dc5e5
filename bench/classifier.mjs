// node bench/classifier.mjs [--templates DIR] [--labels FILE] [--by-repository] [--quiet]
// Prints how well the classifier does on labelled templates; without arguments on the shared test data.
import { readFileSync, readdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const { values: options } = parseArgs({
  options: {
    templates: { type: 'string' },
    labels: { type: 'string' },
    'by-repository': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
})
const shared = process.env.SECRETS_SHARED ?? resolve(import.meta.dirname, '../../shared')
const directory = options.templates ?? join(shared, 'corpus/templates')
const labels = JSON.parse(readFileSync(options.labels ?? join(shared, 'corpus/labels.json'), 'utf8'))

const { scoreTemplates } = await load('../test/core/classifier/score.ts')
const templates = new Map(
  readdirSync(directory)
    .filter(name => name in labels)
    .map(name => [name, readFileSync(join(directory, name), 'utf8')]),
)
const started = performance.now()
const score = scoreTemplates(templates, labels)
const elapsed = performance.now() - started

if (!options.quiet) {
  for (const { kind, template, line, name, label, answer, rule } of score.misses) {
    console.log(`${kind.padEnd(15)} ${template}:${line} ${name}  label ${label}, answer ${answer} (${rule})`)
  }
}
console.log(`\n${templates.size} templates, ${score.variables} variables, ${elapsed.toFixed(0)} ms`)
print(score)
if (options['by-repository']) printByRepository()

function print({ precision, recall, formAccuracy, agreement, ...counts }) {
  const { truePositives, falsePositives, positives, rightForms, derives, rightDerives } = counts
  console.log(`precision ${percent(precision)} (${truePositives} of ${truePositives + falsePositives})`)
  console.log(`recall    ${percent(recall)} (${truePositives} of ${positives})`)
  console.log(`form      ${percent(formAccuracy)} (${rightForms} of ${truePositives})`)
  console.log(`derive    ${rightDerives} of ${derives}`)
  console.log(`agreement ${percent(agreement)} of all variables`)
}

/** Leaves one repository out at a time, and names the rules whose true positives all come from one. */
function printByRepository() {
  const repositoryOf = name => name.split('__').slice(0, 2).join('/')
  const names = [...new Set([...templates.keys()].map(repositoryOf))]
  console.log('\nwithout one repository: precision, recall, form')
  for (const repository of names) {
    const rest = new Map([...templates].filter(([name]) => repositoryOf(name) !== repository))
    const { precision, recall, formAccuracy } = scoreTemplates(rest, labels)
    const changes = [precision - score.precision, recall - score.recall, formAccuracy - score.formAccuracy]
    if (changes.every(change => Math.abs(change) < 0.001)) continue
    console.log(`  ${repository.padEnd(50)} ${changes.map(change => signed(change)).join('  ')}`)
  }
  console.log('\nrules with true positives, and from how many repositories')
  for (const [rule, found] of score.rules) {
    console.log(`  ${rule.padEnd(20)} ${new Set([...found].map(repositoryOf)).size}`)
  }
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`
}

function signed(change) {
  return `${change < 0 ? '-' : '+'}${Math.abs(change * 100).toFixed(1)}`.padStart(5)
}

/** Node 20 cannot run TypeScript: the module is bundled into a temporary directory first. */
async function load(name) {
  const out = mkdtempSync(join(tmpdir(), 'secrets-bench-'))
  try {
    const bundle = await rolldown({ input: join(import.meta.dirname, name), platform: 'node' })
    await bundle.write({ file: join(out, 'bundle.mjs'), format: 'esm', codeSplitting: false })
    await bundle.close()
    return await import(pathToFileURL(join(out, 'bundle.mjs')).href)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
