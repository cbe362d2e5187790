import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { findProvider, saveProvider } from '../../../server/store/providerTable.ts'
import { removeRoute, saveRoute } from '../../../server/store/routeTable.ts'
import { fail } from '../../../shared/fail.ts'
import { instant, mark, namesIn, readMarks, StoreFolders, temporaryNamesIn } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

describe('one process', () => {
  test('a change is there for the next process', async () => {
    const dataDir = folders.make()
    const store = await folders.open(dataDir)
    expect(await store.change(mark('a'))).toEqual({ ok: true, value: 'a' })
    await store.close()
    expect((await folders.open(dataDir)).read(readMarks)).toEqual(['a'])
    expect(temporaryNamesIn(dataDir)).toEqual([])
  })

  test('changes of one moment share a snapshot', async () => {
    const store = await folders.open(folders.make())
    const before = store.generation
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.change(mark(String(index)))))
    expect(store.generation).toBe(before + 1)
    expect(store.read(readMarks)).toEqual(Array.from({ length: 50 }, (_, index) => String(index)))
  })

  test('a change that refuses or throws takes back what it did, and nothing else', async () => {
    const store = await folders.open(folders.make())
    const refused = store.change((database) => {
      mark('refused')(database)
      return fail({ code: 'already_exists', what: 'provider', id: 'x' })
    })
    const thrown = store.change((database) => {
      mark('thrown')(database)
      throw new Error('a bug')
    })
    const wrong = store.change((database) =>
      succeed(database.run('UPDATE llm_task_routes SET provider = ?', ['nobody'])),
    )
    const answers = await Promise.allSettled([store.change(mark('a')), refused, thrown, wrong, store.change(mark('b'))])
    expect(answers).toMatchObject([
      { status: 'fulfilled', value: { ok: true } },
      { status: 'fulfilled', value: { ok: false, reason: { code: 'already_exists' } } },
      { status: 'rejected', reason: { message: 'a bug' } },
      { status: 'rejected', reason: { message: expect.stringContaining('FOREIGN KEY constraint failed') } },
      { status: 'fulfilled', value: { ok: true } },
    ])
    expect(store.read(readMarks)).toEqual(['a', 'b'])
  })

  test('a change that changes nothing makes no generation', async () => {
    const store = await folders.open(folders.make())
    const before = store.generation
    expect(await store.change((database) => succeed(removeRoute(database, 'scoring') && false))).toMatchObject({
      ok: true,
    })
    expect(store.generation).toBe(before + 1)
    expect(await store.change((database) => succeed(removeRoute(database, 'scoring')))).toEqual({
      ok: true,
      value: false,
    })
    expect(store.generation).toBe(before + 1)
  })

  test('a query can not write', async () => {
    const store = await folders.open(folders.make())
    await store.change(mark('a'))
    expect(() => store.read((database) => database.all('DELETE FROM audit_log RETURNING id'))).toThrow(/readonly/)
    expect(store.read(readMarks)).toEqual(['a'])
  })

  test('foreign keys hold after a save', async () => {
    const store = await folders.open(folders.make())
    await store.change(mark('a'))
    const broken = store.change((database) => {
      saveRoute(database, { task: 'scoring', provider: 'nobody', model: null, options: {}, updatedAt: instant })
      return succeed(null)
    })
    await expect(broken).rejects.toThrow(/FOREIGN KEY/)
    expect(store.read((database) => database.get('PRAGMA foreign_keys'))).toEqual({ foreign_keys: 1 })
  })

  test('the newest generations are kept as backups', async () => {
    const dataDir = folders.make()
    const store = await folders.open(dataDir)
    for (let number = 2; number <= 15; number++) await store.change(mark(String(number)))
    await store.close()
    const kept = Array.from({ length: 10 }, (_, index) => `store.${index + 6}.db`)
    expect(new Set(namesIn(dataDir))).toEqual(new Set(kept))
  })

  test('closing finishes what was queued; after it nothing is saved', async () => {
    const dataDir = folders.make()
    const store = await folders.open(dataDir)
    const queued = [store.change(mark('a')), store.change(mark('b'))]
    await store.close()
    await store.close()
    expect(await Promise.all(queued)).toEqual([succeed('a'), succeed('b')])
    expect(await store.change(mark('late'))).toMatchObject({ ok: false, reason: { code: 'store_failed' } })
    expect(() => store.read(readMarks)).toThrow('closed')
    expect((await folders.open(dataDir)).read(readMarks)).toEqual(['a', 'b'])
  })

  test('a folder that was removed is made again, with everything', async () => {
    const dataDir = path.join(folders.make(), 'deep', 'data')
    const store = await folders.open(dataDir)
    await store.change(mark('a'))
    rmSync(dataDir, { recursive: true })
    expect(store.read(readMarks)).toEqual(['a'])
    expect((await store.change(mark('b'))).ok).toBe(true)
    expect((await folders.open(dataDir)).read(readMarks)).toEqual(['a', 'b'])
  })
})

describe('two stores on one folder', () => {
  test('each sees at once what the other has saved', async () => {
    const dataDir = folders.make()
    const [one, other] = [await folders.open(dataDir), await folders.open(dataDir)]
    for (let round = 0; round < 15; round++) {
      await one.change(mark(`one ${round}`))
      expect(other.read(readMarks)).toContain(`one ${round}`)
      await other.change(mark(`other ${round}`))
      expect(one.read(readMarks)).toContain(`other ${round}`)
    }
    expect(one.read(readMarks)).toHaveLength(30)
  })

  test('one that is many generations behind catches up', async () => {
    const dataDir = folders.make()
    const [one, other] = [await folders.open(dataDir), await folders.open(dataDir)]
    for (let round = 0; round < 25; round++) await one.change(mark(String(round)))
    expect(other.read(readMarks)).toHaveLength(25)
    expect((await other.change(mark('last'))).ok).toBe(true)
    expect(one.read(readMarks)).toHaveLength(26)
  })

  test('listeners hear of own and foreign commits', async () => {
    const dataDir = folders.make()
    const [one, other] = [await folders.open(dataDir), await folders.open(dataDir)]
    const own = new Promise((resolve) => one.onChanged(resolve))
    const foreign = new Promise((resolve) => other.onChanged(resolve))
    await one.change(mark('a'))
    expect(await own).toEqual({ generation: 2, own: true })
    expect(await foreign).toEqual({ generation: 2, own: false })
  })

  test('a listener that was disposed hears nothing', async () => {
    const store = await folders.open(folders.make())
    const heard: string[] = []
    const first = store.onChanged(() => heard.push('first'))
    store.onChanged(() => heard.push('second'))
    first.dispose()
    await store.change(mark('a'))
    expect(heard).toEqual(['second'])
  })

  test('a read within a read sees the same generation', async () => {
    const dataDir = folders.make()
    const [one, other] = [await folders.open(dataDir), await folders.open(dataDir)]
    const before = one.generation
    await other.change(mark('a'))
    one.read((database) => {
      const seen = one.generation
      expect(seen).toBeGreaterThan(before)
      writeFileSync(path.join(dataDir, `store.${seen + 1}.db`), readFileSync(path.join(dataDir, `store.${seen}.db`)))
      expect(one.generation).toBe(seen)
      expect(readMarks(database)).toEqual(['a'])
    })
    expect(one.generation).toBe(before + 2)
  })

  test('a mutation meets the newest state, whoever made it', async () => {
    const dataDir = folders.make()
    const stores = [await folders.open(dataDir), await folders.open(dataDir), await folders.open(dataDir)]
    await stores[0]?.change((database) => {
      saveProvider(database, { provider: 'p', kind: 'k', enabled: true, config: { count: 0 }, updatedAt: instant })
      return succeed(null)
    })
    const increments = stores.flatMap((store) =>
      Array.from({ length: 20 }, async () => {
        await new Promise((resolve) => setImmediate(resolve))
        return store.change((database) => {
          const row = findProvider(database, 'p')
          if (!row) return fail({ code: 'not_found', what: 'provider', id: 'p' })
          saveProvider(database, { ...row, config: { count: Number(row.config.count) + 1 } })
          return succeed(null)
        })
      }),
    )
    expect((await Promise.all(increments)).every(({ ok }) => ok)).toBe(true)
    expect(stores[2]?.read((database) => findProvider(database, 'p')?.config)).toEqual({ count: 60 })
  })
})

describe('leftovers', () => {
  test('those of dead processes and old ones go, those of living ones stay', async () => {
    const dataDir = folders.make()
    await (await folders.open(dataDir)).close()
    const names = {
      dead: 'store.2.4194305-00ff.tmp',
      deadClaim: 'store.2.4194305-00ff.claim.tmp',
      done: 'store.1.claim',
      living: `store.2.${process.pid}-00ff.tmp`,
      stranger: 'notes.txt',
    }
    for (const name of Object.values(names)) writeFileSync(path.join(dataDir, name), 'half')
    await (await folders.open(dataDir)).close()
    expect(readdirSync(dataDir).sort()).toEqual([names.stranger, 'store.1.db', names.living].sort())
    const later = { now: () => Date.now() + 2 * 3_600_000, wait: async () => {} }
    await (await folders.open(dataDir, { clock: later })).close()
    expect(readdirSync(dataDir).sort()).toEqual([names.stranger, 'store.1.db'].sort())
  })
})
