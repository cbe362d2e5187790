/** Where the operating system keeps secrets. An account is named by us; a secret is any text. Each method may reject. */
export interface Keyring {
  /** Null: there is no such account. */
  read(account: string): Promise<string | null>
  write(account: string, secret: string): Promise<void>
  /** False: there was none. */
  remove(account: string): Promise<boolean>
  /** All of our accounts. */
  accounts(): Promise<string[]>
}

/** Null: this machine offers none, or this installation cannot speak to it. */
export type OpenKeyring = () => Promise<Keyring | null>

const service = 'llm-providers'

/**
 * The Keychain, the Credential Manager or the Secret Service. The library is native and so no part of the bundle: where npm
 * installed it, it is there, and in the editor's package it is not.
 */
export async function openSystemKeyring(load: LoadLibrary = loadLibrary): Promise<Keyring | null> {
  try {
    const { AsyncEntry, findCredentialsAsync } = await load()
    const entry = (account: string) => new AsyncEntry(service, account, permanent)
    // On Linux this finds out that there is no Secret Service.
    entry('probe')
    return {
      read: (account) => entry(account).getPassword(),
      write: (account, secret) => entry(account).setPassword(secret),
      remove: (account) => entry(account).deletePassword(),
      accounts: async () => (await findCredentialsAsync(service)).map(({ account }) => account),
    }
  } catch {
    // Not installed, no build for this platform, or nobody answers for secrets.
    return null
  }
}

type LoadLibrary = () => Promise<Pick<typeof import('@napi-rs/keyring'), 'AsyncEntry' | 'findCredentialsAsync'>>

const loadLibrary: LoadLibrary = () => import('@napi-rs/keyring')

/** The library would fall back to the kernel's keyring, which forgets at the next start: no place to keep a key. */
const permanent = { linux: { store: 'secret-service' } } as const
