import { describe, expect, test } from 'vitest'
import { KeyStore } from '../../cli/keys/keyStore.ts'
import type { Keyring } from '../../cli/terminal/keyring.ts'
import { failingKeyring, fakeKeyring, silentKeyring } from '../support/cli/fakeKeyring.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

const key = 'sk-fake-key-of-work-1234'
const origin = 'https://api.example'

test('a key is given for the origin that it was kept for, and for no other', async () => {
  const keyring = fakeKeyring()
  const store = new KeyStore(fakeTerminal({ keyring: keyring.open }))
  expect(await store.save('work', origin, key)).toEqual({ ok: true, value: null })
  expect(await store.read('work', origin)).toEqual({ ok: true, value: { key } })
  expect(await store.read('work', 'https://elsewhere.example')).toMatchObject({
    reason: { code: 'secret_missing', source: 'secret_store', boundTo: origin, origin: 'https://elsewhere.example' },
  })
  expect([...keyring.secrets]).toEqual([['work https://api.example', JSON.stringify({ key, origin })]])
})

test('providers and origins do not get into each other’s way', async () => {
  const keyring = fakeKeyring()
  const store = new KeyStore(fakeTerminal({ keyring: keyring.open }))
  await store.save('work', origin, `${key}a`)
  await store.save('work', 'https://b.example', `${key}b`)
  await store.save('work-2', origin, `${key}c`)
  expect(await store.read('work', 'https://b.example')).toEqual({ ok: true, value: { key: `${key}b` } })
  expect(await store.clear('work')).toEqual({ ok: true, value: [origin, 'https://b.example'] })
  expect([...keyring.secrets.keys()]).toEqual(['work-2 https://api.example'])
  expect(await store.clear('work')).toEqual({ ok: true, value: [] })
  expect(await store.read('work', origin)).toMatchObject({ reason: { code: 'secret_missing' } })
})

test.each([
  ['not JSON', 'sk-fake-plain'],
  ['of another shape', '{"password":"x"}'],
  ['empty', ''],
  ['for another origin than its account says', JSON.stringify({ key, origin: 'https://thief.example' })],
])('a secret that is %s is damaged, and is not sent', async (_name, secret) => {
  const keyring = fakeKeyring()
  keyring.secrets.set(`work ${origin}`, secret)
  const store = new KeyStore(fakeTerminal({ keyring: keyring.open }))
  expect(await store.read('work', origin)).toMatchObject({ reason: { code: 'secret_missing', store: 'damaged' } })
})

describe('a keyring that does not answer as it should', () => {
  const atOnce = () => ({ over: Promise.resolve(), dispose: () => undefined })
  const forgetful = async (): Promise<Keyring> => ({ ...fakeKeyring(), write: async () => undefined })
  test.each([
    ['that is not there', { keyring: async () => null }, 'absent'],
    ['that is locked', { keyring: failingKeyring() }, 'failed'],
    ['that keeps its user waiting', { keyring: silentKeyring(), wait: atOnce }, 'slow'],
  ])('%s', async (_name, terminal, problem) => {
    const store = new KeyStore(fakeTerminal(terminal))
    for (const asked of [store.read('work', origin), store.save('work', origin, key), store.clear('work')]) {
      const outcome = await asked
      expect(outcome).toMatchObject({ ok: false, reason: { code: 'secret_missing', store: problem } })
      expect(JSON.stringify(outcome)).not.toContain(key)
    }
  })

  test('that forgets what it was given has not kept it', async () => {
    const store = new KeyStore(fakeTerminal({ keyring: forgetful }))
    expect(await store.save('work', origin, key)).toMatchObject({ ok: false, reason: { store: 'failed' } })
  })
})
