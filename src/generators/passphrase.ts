import { commonFloor, type Generator } from './generator.ts'
import { bitsOf, sample } from './sampling.ts'

const listSize = 7776

/** Words of the EFF long list joined by `-`; 10 words are 129 bits. The list is loaded only here. */
export const passphrase: Generator = {
  summary: 'words that can be typed and remembered, joined by -',
  source: 'EFF long word list',
  alphabet: 'a-z-',
  floorBits: commonFloor,
  entropyBits: ({ size = 0 }) => bitsOf(listSize, size),
  async generate({ size = 0 }, random) {
    const { effLongList } = await import('./eff-long-list.ts')
    return sample(effLongList, size, random).join('-')
  },
  // Four words of the list have a `-` of their own.
  matches: (value, { size = 0 }) => /^[a-z]+(?:-[a-z]+)*$/.test(value) && value.split('-').length >= size,
}
