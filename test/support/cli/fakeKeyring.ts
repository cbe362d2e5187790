import type { Keyring, OpenKeyring } from '../../../cli/terminal/keyring.ts'

export interface FakeKeyring extends Keyring {
  open: OpenKeyring
  /** Account to secret. */
  secrets: Map<string, string>
}

/** A keyring in memory. */
export function fakeKeyring(): FakeKeyring {
  const secrets = new Map<string, string>()
  const keyring: FakeKeyring = {
    secrets,
    open: async () => keyring,
    read: async (account) => secrets.get(account) ?? null,
    write: async (account, secret) => void secrets.set(account, secret),
    remove: async (account) => secrets.delete(account),
    accounts: async () => [...secrets.keys()],
  }
  return keyring
}

/** One that is locked: whatever is asked of it is refused, with the secret in the error's text as some do. */
export function failingKeyring(): OpenKeyring {
  const refuse = async (...given: string[]): Promise<never> => {
    throw new Error(`locked: ${given.join(' ')}`)
  }
  return async () => ({ read: refuse, write: refuse, remove: refuse, accounts: refuse })
}

/** One that waits for its user for ever. */
export function silentKeyring(): OpenKeyring {
  const wait = (): Promise<never> => new Promise(() => undefined)
  return async () => ({ read: wait, write: wait, remove: wait, accounts: wait })
}
