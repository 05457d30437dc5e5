import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The licences of the packages that the modules belong to, as one text. Fails for a package without one. */
export async function licencesOf(modules, root) {
  const packages = new Map()
  for (const id of modules) {
    const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))
    if (match) packages.set(match[1], join(match[1], 'package.json'))
  }
  const texts = ['Libraries inside the published files, each with its licence.']
  for (const [directory, file] of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(file, 'utf8'))
    texts.push(
      `${'-'.repeat(78)}\n${name} ${version} (${license})\n\n${await licenceText(directory, license, root)}`,
    )
  }
  texts.push(
    await readFile(join(root, 'src', 'generators', 'eff-long-list.LICENSE.txt'), 'utf8').catch(() => ''),
  )
  return `${texts.filter(Boolean).join('\n\n')}\n`
}

async function licenceText(directory, license, root) {
  const files = await readdir(directory)
  const name = files.find(file => /^licen[cs]e(?:-mit)?(?:\.md|\.txt)?$/i.test(file))
  if (name !== undefined) return (await readFile(join(directory, name), 'utf8')).trim()
  const readme = files.find(file => /^readme\.md$/i.test(file))
  const [, inside] =
    /^licen[cs]e\n-+\n(.*)/ims.exec(
      readme === undefined ? '' : await readFile(join(directory, readme), 'utf8'),
    ) ?? []
  if (inside !== undefined) return inside.trim()
  // Some packages of the AWS and Google SDKs name this licence but do not carry its text.
  if (license === 'Apache-2.0') {
    const text = join(root, 'node_modules', 'google-auth-library', 'LICENSE')
    return (await readFile(text, 'utf8')).trim()
  }
  throw new Error(`${dirname(directory)}: a bundled package has no licence file: ${directory}`)
}
