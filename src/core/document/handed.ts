import { isSecretsError } from '../errors.ts'
import type { SecretName } from '../provider.ts'

/**
 * What the verb before has seen, for the next one to write on. Every write is conditional on the state that it was
 * decided on, so an old scene only loses the race. It serves for one attempt, and no refusal is decided on it.
 */
export class Handed<S extends { readonly name: SecretName }> {
  #scene: S | undefined

  keep(scene: S): S {
    this.#scene = scene
    return scene
  }

  async attempt<T>(
    name: SecretName,
    look: () => Promise<S>,
    signal: AbortSignal,
    work: (scene: S) => Promise<T | 'moved'>,
  ): Promise<T | 'moved'> {
    signal.throwIfAborted()
    const scene = this.#scene
    this.#scene = undefined
    if (scene?.name !== name) return await work(await look())
    try {
      return await work(scene)
    } catch (error) {
      if (isSecretsError(error, 'provider.conflict') || isSecretsError(error, 'rotation.name_taken'))
        return 'moved'
      throw error
    }
  }
}
