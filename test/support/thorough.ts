import { it } from 'vitest'

/** Whether this run has time for everything: the project `thorough`, which `.ci/run` runs beside `npm test`. */
const isThorough = process.env['SECRETS_THOROUGH'] === '1'

/** As many (rounds, bytes …) as prove it for good; `npm test`, which has three minutes, takes `quick` of them. */
export const amount = (thorough: number, quick: number): number => (isThorough ? thorough : quick)

/** All of the cases; in `npm test` one of every `step`, counted from the one at `from`. */
export function some<Case>(cases: readonly Case[], step: number, from = 0): readonly Case[] {
  return isThorough ? cases : cases.filter((_, at) => at % step === from % step)
}

/** A test of what others prove in the main: `npm test` leaves it to the thorough run. */
export const inDepth: (title: string, work: () => void | Promise<void>) => void = isThorough
  ? (title, work) => {
      it(title, work)
    }
  : () => undefined
