import type { Disposable, SecretStorage } from 'vscode'
import * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { cleanPastedKey } from '../../shared/keys/pastedKey.ts'

const prefix = 'llmProviders.key.'
/** A keyring that asks its user for a password may take its time; after this the key counts as missing. */
const patienceMs = 30_000

/** A key belongs to the origin it was entered for, so both are one secret. */
const StoredKey = z.object({ key: z.string().min(1), origin: z.string().min(1) })
type StoredKey = z.infer<typeof StoredKey>

/** As `secret_missing` has it. */
type StoreProblem = 'failed' | 'slow' | 'damaged'

/** Keys in the editor's secret store and nowhere else. A store that is empty, damaged or broken is an everyday state. */
export class Secrets {
  readonly #storage: SecretStorage
  readonly #log: (line: string) => void

  constructor(storage: SecretStorage, log: (line: string) => void) {
    this.#storage = storage
    this.#log = log
  }

  /** The answer to the server: the key, when it was entered for this origin. */
  async answer({ provider, origin }: { provider: string; origin: string }): Promise<Outcome<{ key: string }>> {
    const found = await this.#look(provider)
    const missing = { code: 'secret_missing', provider, source: 'secret_store', origin } as const
    if (found === null) return fail(missing)
    if (typeof found === 'string') return fail({ ...missing, store: found })
    return found.origin === origin ? succeed({ key: found.key }) : fail({ ...missing, boundTo: found.origin })
  }

  /** The origin that the stored key was entered for; null: there is no readable key. */
  async boundTo(provider: string): Promise<string | null> {
    return (await this.#read(provider))?.origin ?? null
  }

  /** The last four characters of the stored key, by which a person recognises it; null: there is none, or it is too short for that. */
  async endingOf(provider: string): Promise<string | null> {
    const stored = await this.#read(provider)
    return stored && keyEnding(stored.key)
  }

  async store(provider: string, key: string, origin: string): Promise<void> {
    await this.#storage.store(prefix + provider, JSON.stringify({ key, origin } satisfies StoredKey))
  }

  /** The person confirmed that the key may go to another origin. */
  async rebind(provider: string, origin: string): Promise<void> {
    const stored = await this.#read(provider)
    if (stored) await this.store(provider, stored.key, origin)
  }

  async remove(provider: string): Promise<void> {
    await this.#storage.delete(prefix + provider)
  }

  /** Fires in every window, whichever one changed the key. */
  onChanged(listener: (provider: string) => void): Disposable {
    return this.#storage.onDidChange(({ key }) => {
      if (key.startsWith(prefix)) listener(key.slice(prefix.length))
    })
  }

  /** The key, nothing, or why it is not known whether there is one. */
  async #look(provider: string): Promise<StoredKey | StoreProblem | null> {
    let raw: string | undefined | typeof tooLate
    try {
      raw = await inTime(this.#storage.get(prefix + provider))
    } catch (error) {
      return this.#problem(provider, 'failed', error)
    }
    if (raw === undefined) return null
    if (raw === tooLate) return this.#problem(provider, 'slow', null)
    try {
      return StoredKey.parse(JSON.parse(raw))
    } catch (error) {
      return this.#problem(provider, 'damaged', error)
    }
  }

  #problem(provider: string, store: StoreProblem, error: unknown): StoreProblem {
    // The error's text may quote the secret: only its kind is logged.
    this.#log(`The key of "${provider}" cannot be read (${store}${error instanceof Error ? `, ${error.name}` : ''}).`)
    return store
  }

  async #read(provider: string): Promise<StoredKey | null> {
    const found = await this.#look(provider)
    return typeof found === 'string' ? null : found
  }
}

const tooLate = Symbol('too late')

async function inTime<Value>(value: Thenable<Value>): Promise<Value | typeof tooLate> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<typeof tooLate>((resolve) => {
    timer = setTimeout(() => resolve(tooLate), patienceMs)
  })
  return Promise.race([value, limit]).finally(() => clearTimeout(timer))
}

/** What is wrong with a key that was typed, in a sentence that does not repeat it; null when it can be sent in a header. */
export function keyProblem(typed: string): 'empty' | 'too_long' | 'characters' | null {
  const { key } = cleanPastedKey(typed)
  if (key === '') return 'empty'
  if (key.length > 10_000) return 'too_long'
  return /^[\x21-\x7e]+$/.test(key) ? null : 'characters'
}
