import type { Disposable, SecretStorage } from 'vscode'
import * as z from 'zod'
import { fail, type Outcome, succeed } from '../protocol/outcome.ts'

const prefix = 'llmProviders.key.'
/** A keyring that asks its user for a password may take its time; after this a run is told that the key is missing. */
const patienceMs = 30_000

/** A key belongs to the origin it was entered for, so both are one secret. */
const StoredKey = z.object({ key: z.string().min(1), origin: z.string().min(1) })
type StoredKey = z.infer<typeof StoredKey>

export type Secrets = ReturnType<typeof createSecrets>

/** Keys in the editor's secret store and nowhere else. A store that is empty, damaged or broken is an everyday state. */
export function createSecrets(storage: SecretStorage, log: (line: string) => void) {
  async function read(provider: string): Promise<StoredKey | null> {
    try {
      const raw = await inTime(storage.get(prefix + provider))
      if (raw === undefined) return null
      return StoredKey.parse(JSON.parse(raw))
    } catch (error) {
      // The error's text may quote the secret: only its kind is told.
      log(`The key of "${provider}" cannot be read (${error instanceof Error ? error.name : 'error'}).`)
      return null
    }
  }

  return {
    /** The answer to the server: the key, when it was entered for this origin. */
    async answer({ provider, origin }: { provider: string; origin: string }): Promise<Outcome<{ key: string }>> {
      const stored = await read(provider)
      if (stored?.origin === origin) return succeed({ key: stored.key })
      return fail({
        code: 'secret_missing',
        provider,
        source: 'secret_store',
        origin,
        ...(stored ? { boundTo: stored.origin } : {}),
      })
    },
    /** The origin that the stored key was entered for; null: there is no readable key. */
    async boundTo(provider: string): Promise<string | null> {
      return (await read(provider))?.origin ?? null
    },
    async store(provider: string, key: string, origin: string): Promise<void> {
      await storage.store(prefix + provider, JSON.stringify({ key, origin } satisfies StoredKey))
    },
    /** The person confirmed that the key may go to another origin. */
    async rebind(provider: string, origin: string): Promise<void> {
      const stored = await read(provider)
      if (stored) await this.store(provider, stored.key, origin)
    },
    async remove(provider: string): Promise<void> {
      await storage.delete(prefix + provider)
    },
    /** Told in every window, whichever one changed the key. */
    onChanged(listener: (provider: string) => void): Disposable {
      return storage.onDidChange(({ key }) => {
        if (key.startsWith(prefix)) listener(key.slice(prefix.length))
      })
    },
  }
}

async function inTime<Value>(value: Thenable<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), patienceMs)
  })
  return Promise.race([value, tooLate]).finally(() => clearTimeout(timer))
}

/** What is wrong with a key that was typed, in a sentence that does not repeat it; null when it can be sent in a header. */
export function keyProblem(typed: string): 'empty' | 'too_long' | 'characters' | null {
  const key = typed.trim()
  if (key === '') return 'empty'
  if (key.length > 10_000) return 'too_long'
  return /^[\x21-\x7e]+$/.test(key) ? null : 'characters'
}
