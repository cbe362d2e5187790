import { describe, expect, test } from 'vitest'
import { KeyStore } from '../../cli/keys/keyStore.ts'
import { openSystemKeyring } from '../../cli/terminal/keyring.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

type Library = Awaited<ReturnType<NonNullable<Parameters<typeof openSystemKeyring>[0]>>>
const origin = 'https://api.example'
const key = 'sk-fake-0123-of-work-wxyz'

interface Behaviour {
  /** Throws where no service answers for secrets. */
  open?: () => void
  get?: () => Promise<string | null>
  set?: () => Promise<void>
  remove?: () => Promise<boolean>
  list?: () => Promise<{ account: string; password: string }[]>
}

/** The library's surface as its declarations say. It tells failures by its text alone, so any of them only means: refused. */
function library(behaviour: Behaviour): () => Promise<Library> {
  class AsyncEntry {
    constructor() {
      behaviour.open?.()
    }
    getPassword = behaviour.get ?? (async () => null)
    setPassword = behaviour.set ?? (async () => undefined)
    deletePassword = behaviour.remove ?? (async () => false)
  }
  const findCredentialsAsync = behaviour.list ?? (async () => [])
  return async () => ({ AsyncEntry, findCredentialsAsync }) as unknown as Library
}

function storeOver(load: () => Promise<Library>) {
  return new KeyStore(fakeTerminal({ keyring: () => openSystemKeyring(load) }))
}

const refusing = (text: string) => async (): Promise<never> => {
  throw Object.assign(new Error(`${text}: ${key}`), { code: 'GenericFailure' })
}

describe.each([
  ['macOS, a locked keychain', 'User interaction is not allowed. (-25308)'],
  ['macOS, access denied', 'User canceled the operation. (-128)'],
  ['Windows, no logon session', 'Windows ERROR_NO_SUCH_LOGON_SESSION'],
  ['Windows, access denied', 'Windows error 5'],
  ['Linux, a locked collection', 'Secret Service: locked collection'],
])('%s', (_name, text) => {
  const refuse = refusing(text)
  const store = storeOver(library({ get: refuse, set: refuse, remove: refuse, list: refuse }))

  test.each([
    ['reading', () => store.read('work', origin)],
    ['keeping', () => store.save('work', origin, key)],
    ['clearing', () => store.clear('work')],
  ])('%s is refused, with one action and without the key', async (_what, ask) => {
    const outcome = await ask()
    expect(outcome).toMatchObject({ reason: { code: 'secret_missing', store: 'failed', action: { id: 'setKey' } } })
    expect(JSON.stringify(outcome)).not.toContain(key)
  })
})

test.each([
  [
    'no Secret Service answers',
    library({
      open: () => {
        throw new Error('no secret service provider or dbus session found')
      },
    }),
  ],
  [
    'the library was not installed',
    async () => {
      throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
    },
  ],
])('where %s there is no keyring, which is told as that', async (_name, load) => {
  expect(await openSystemKeyring(load)).toBeNull()
  expect(await storeOver(load).read('work', origin)).toMatchObject({
    reason: { code: 'secret_missing', store: 'absent' },
  })
})

test('an item that is not there is a key that is missing, and nothing is wrong with the keyring', async () => {
  const outcome = await storeOver(library({})).read('work', origin)
  expect(outcome).toMatchObject({ ok: false, reason: { code: 'secret_missing', action: { id: 'setKey' } } })
  expect(outcome).not.toHaveProperty('reason.store')
  expect(await storeOver(library({})).clear('work')).toEqual({ ok: true, value: [] })
})
