import type { Rule } from '../rule.ts'
import { butInTests, ofFiles, plainFile, secretFile } from './held.ts'

const id = 'image-context'
const severity = butInTests('warning', 'error')

export const imageContext: Rule = {
  id,
  title: 'no image is built with a file that holds secrets',
  severity,
  rationale: 'a layer keeps the file even where a later one removes it, and whoever pulls the image has it',
  fix: 'add the file to .dockerignore',
  source: {
    title: 'Docker: .dockerignore files',
    url: 'https://docs.docker.com/build/concepts/context/#dockerignore-files',
  },
  examples: {
    bad: [
      { file: secretFile, facts: { image: 'Dockerfile' } },
      { file: secretFile, facts: { image: 'api.Dockerfile', git: 'ignored' } },
      { file: `PORT=1\n${secretFile}`, facts: { image: 'Dockerfile' }, environment: 'staging' },
      { file: secretFile, facts: { image: 'Dockerfile' }, environment: 'production' },
      { file: `export ${secretFile}`, facts: { image: 'Containerfile' } },
    ],
    good: [
      { file: secretFile, facts: { git: 'ignored' } },
      { file: secretFile, facts: {} },
      { file: plainFile, facts: { image: 'Dockerfile' } },
      { file: secretFile, facts: { image: 'Dockerfile' }, environment: 'test' },
      { file: 'DB_PASSWORD=${VAULT_DB_PASSWORD}\n', facts: { image: 'Dockerfile' } },
    ],
  },
  check: ofFiles(id, severity, ({ facts }) =>
    facts?.image === undefined
      ? undefined
      : {
          message: `${facts.image} copies this file, which holds secrets, into the image`,
          fix: 'add it to the .dockerignore of that build',
        },
  ),
}
