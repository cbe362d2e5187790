import * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import type { Client } from '../invocation/client.ts'
import type { Keyring } from '../terminal/keyring.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** A key belongs to the origin that it was entered for, so both are one secret. */
const StoredKey = z.object({ key: z.string().min(1), origin: z.string().min(1) })

/** A keyring may ask its user for a password first. */
const patienceMs = 30_000

type SecretMissing = Extract<ReasonFacts, { code: 'secret_missing' }>
export type StoreProblem = NonNullable<SecretMissing['store']>
type Answer<Value> = { value: Value } | { problem: StoreProblem }

/** Keys in the operating system's keyring, each for one origin. What goes wrong there is an everyday state. */
export class KeyStore {
  readonly #terminal: Pick<Terminal, 'openKeyring' | 'wait'>
  readonly #patienceMs: number

  constructor(terminal: Pick<Terminal, 'openKeyring' | 'wait'>, patience = patienceMs) {
    this.#terminal = terminal
    this.#patienceMs = patience
  }

  /** Fails with `secret_missing`: with `boundTo` where there is one for another origin, with `store` where it cannot be known. */
  async read(provider: string, origin: string): Promise<Outcome<{ key: string }>> {
    const missing: SecretMissing = { code: 'secret_missing', provider, source: 'secret_store', origin }
    const found = await this.#ask((keyring) => keyring.read(accountOf(provider, origin)))
    if ('problem' in found) return fail({ ...missing, store: found.problem })
    if (found.value !== null) {
      const key = keyIn(found.value, origin)
      return key === null ? fail({ ...missing, store: 'damaged' }) : succeed({ key })
    }
    const accounts = await this.#ask((keyring) => keyring.accounts())
    const boundTo = 'value' in accounts ? originsOf(provider, accounts.value)[0] : undefined
    return fail({ ...missing, ...(boundTo === undefined ? {} : { boundTo }) })
  }

  async save(provider: string, origin: string, key: string): Promise<Outcome<null>> {
    const secret = JSON.stringify({ key, origin } satisfies z.infer<typeof StoredKey>)
    const saved = await this.#ask(async (keyring) => {
      const account = accountOf(provider, origin)
      await keyring.write(account, secret)
      return (await keyring.read(account)) === secret
    })
    if ('value' in saved && saved.value) return succeed(null)
    const store = 'problem' in saved ? saved.problem : 'failed'
    return fail({ code: 'secret_missing', provider, source: 'secret_store', origin, store })
  }

  /** Forgets every key of the provider, whatever its origin; the value names the origins. */
  async clear(provider: string): Promise<Outcome<string[]>> {
    const cleared = await this.#ask(async (keyring) => {
      const origins = originsOf(provider, await keyring.accounts())
      for (const origin of origins) await keyring.remove(accountOf(provider, origin))
      return origins
    })
    if ('value' in cleared) return succeed(cleared.value)
    return fail({ code: 'secret_missing', provider, source: 'secret_store', store: cleared.problem })
  }

  /** Succeeds where there is a keyring: better known before a person looks for a key. */
  async reach(provider: string): Promise<Outcome<null>> {
    const reached = await this.#ask(async () => null)
    if ('value' in reached) return succeed(null)
    return fail({ code: 'secret_missing', provider, source: 'secret_store', store: reached.problem })
  }

  async #ask<Value>(work: (keyring: Keyring) => Promise<Value>): Promise<Answer<Value>> {
    const limit = this.#terminal.wait(this.#patienceMs)
    try {
      return await Promise.race([this.#answer(work), limit.over.then((): Answer<Value> => ({ problem: 'slow' }))])
    } finally {
      limit.dispose()
    }
  }

  /** Whatever the keyring throws: its text might quote what it was given, so only its kind is passed on. */
  async #answer<Value>(work: (keyring: Keyring) => Promise<Value>): Promise<Answer<Value>> {
    try {
      const keyring = await this.#terminal.openKeyring()
      return keyring === null ? { problem: 'absent' } : { value: await work(keyring) }
    } catch {
      return { problem: 'failed' }
    }
  }
}

/** Not named after the data folder: the same provider in another one is given the same key, for the same origin. */
function accountOf(provider: string, origin: string): string {
  return `${provider} ${origin}`
}

function originsOf(provider: string, accounts: readonly string[]): string[] {
  const lead = accountOf(provider, '')
  return accounts.filter((account) => account.startsWith(lead)).map((account) => account.slice(lead.length))
}

/** Null for what we did not write so: damaged, or put there by somebody else. */
function keyIn(secret: string, origin: string): string | null {
  try {
    const stored = StoredKey.safeParse(JSON.parse(secret))
    return stored.success && stored.data.origin === origin ? stored.data.key : null
  } catch {
    return null
  }
}

/** Where a provider's key would be sent, as the server names it when it asks for one; null: nothing is called. */
export function keyOrigin({ endpoint }: Pick<ProviderView, 'endpoint'>): string | null {
  return endpoint !== null && URL.canParse(endpoint) ? new URL(endpoint).origin : null
}

/** What was found with the key before says nothing any more: above all that there was none. Kept when this resolves. */
export async function notifyKeyChanged(client: Client, provider: string): Promise<void> {
  await client.notify('secret/changed', { provider })
  // A notification is not answered, and the program may end next: whatever is answered after it proves that it was heard.
  await client.request('provider/get', { provider })
}
