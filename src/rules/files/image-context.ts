import type { Rule } from '../rule.ts'
import { butInTests, examplesOf, ofFiles } from './held.ts'

const id = 'image-context'
const severity = butInTests('warning', 'error')

export const imageContext: Rule = {
  id,
  title: 'no image is built with a file that holds secrets',
  severity,
  isOfFile: true,
  rationale: 'a layer keeps the file even where a later one removes it, and whoever pulls the image has it',
  fix: 'add the file to .dockerignore',
  source: {
    title: 'Docker: .dockerignore files',
    url: 'https://docs.docker.com/build/concepts/context/#dockerignore-files',
  },
  examples: examplesOf({ image: 'Dockerfile' }),
  check: ofFiles(id, severity, ({ facts }) =>
    facts?.image === undefined
      ? undefined
      : {
          message: `${facts.image} copies this file, which holds secrets, into the image`,
          fix: 'add it to the .dockerignore of that build',
        },
  ),
}
