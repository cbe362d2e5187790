import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { systemClock } from '../../../server/files/clock.ts'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import { sealStore } from '../../../server/home/movedSeal.ts'
import { type Home, type MoveParts, type MoveRequest, settleHome } from '../../../server/home/moveHome.ts'
import { takeTurn, thisHost } from '../../../server/labels/fileTurn.ts'
import { readPreferences } from '../../../server/store/preferencesTable.ts'
import { releasedMigrations } from '../../../server/store/releasedMigrations.ts'
import { diskFiles as storeFiles } from '../../../server/store/storeFiles.ts'
import { instant, mark, readMarks, realClock, StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

/** Everything that a version of before keeps beside its generations. */
const sideFiles: Record<string, string> = {
  'runs/run_1.journal.jsonl': 'checksum {"run":1}\n',
  'runs/keep-abc.json': '{"pid":1,"host":"elsewhere"}',
  'evaluations/e1.json': '{}',
  'threads/t1.jsonl': 'a question\n',
  'kb/docs/vectors.bin': 'v'.repeat(3_000_000),
  'kb/docs/chunks.jsonl': '{"chunk":1}\n',
  'gateways/team.json': '{}',
  'examples/x.json': '{}',
  'before-0015_registry.store.3.db': 'an older one',
  'quarantine/store.2.damaged.db': 'damaged',
}

interface Place {
  base: string
  dataFolder: string
  editorFolder: string
}

function makePlace(): Place {
  const base = folders.make()
  return { base, dataFolder: path.join(base, 'share', 'llm-providers'), editorFolder: path.join(base, 'editor') }
}

function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
}

async function makeStore(folder: string, ...ids: string[]): Promise<void> {
  const store = await folders.open(folder)
  for (const id of ids) await store.change(mark(id))
  await store.close()
}

async function marksIn(folder: string): Promise<string[]> {
  const store = await folders.open(folder)
  const marks = store.read(readMarks)
  expect(store.mode.kind).toBe('read-write')
  await store.close()
  return marks
}

/** An editor's own storage as the version of before left it. */
async function makeEditor({ editorFolder }: Place): Promise<void> {
  await makeStore(editorFolder, 'one', 'two')
  write(editorFolder, sideFiles)
  write(editorFolder, { 'compiled/x': 'of the editor’s own Node' })
}

function settle(place: Place, parts: Partial<MoveParts> = {}, request: Partial<MoveRequest> = {}): Promise<Home> {
  const { dataFolder, editorFolder } = place
  return settleHome(
    {
      ...{ files: diskFiles, storeFiles, clock: systemClock, random: Math.random },
      ...{ onDamage: () => undefined, onProgress: () => undefined },
      ...parts,
    },
    { dataFolder, editorFolder, leaves: false, ...request },
  )
}

function expectSideFiles(folder: string): void {
  for (const [name, text] of Object.entries(sideFiles))
    expect(readFileSync(path.join(folder, name), 'utf8'), name).toBe(text)
}

/** What is left beside the data folder. */
function besides({ dataFolder }: Place): string[] {
  const parent = path.dirname(dataFolder)
  return existsSync(parent) ? readdirSync(parent).filter((name) => name !== path.basename(dataFolder)) : []
}

/** The editor goes on as it did, nothing of it is elsewhere, and the next start finds it as if nothing had been tried. */
async function expectStayed(place: Place, { dataFolder, editor }: Home, state: string): Promise<void> {
  expect(editor?.state).toBe(state)
  expect(dataFolder).toBe(place.editorFolder)
  expect(await marksIn(place.editorFolder)).toEqual(['one', 'two'])
  expectSideFiles(place.editorFolder)
  expect(existsSync(path.join(place.editorFolder, 'moved.json'))).toBe(false)
}

describe('a store in the editor’s own storage', () => {
  test('moves with all that lies beside it, and its old place keeps a sealed copy', async () => {
    const place = makePlace()
    await makeEditor(place)
    const progress: number[] = []
    const home = await settle(place, { onProgress: (copied) => void progress.push(copied) })
    expect(home).toMatchObject({ dataFolder: place.dataFolder, editor: { state: 'moved', detail: null } })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expectSideFiles(place.dataFolder)
    expect(existsSync(path.join(place.dataFolder, 'compiled'))).toBe(false)
    expect(besides(place)).toEqual([])
    expect(progress.at(-1)).toBeGreaterThan(3_000_000)
    // Within the largest file, too: whoever waits would take it for dead.
    expect(progress.length).toBeGreaterThan(2 * Object.keys(sideFiles).length + 6)
    expectSideFiles(place.editorFolder)
    const old = await folders.open(place.editorFolder)
    expect(old.mode).toMatchObject({ kind: 'read-only', cause: 'moved' })
    // Versions of before take it for one more migration, of a version that is newer than they are.
    const steps = old.read((database) => database.all('SELECT number, name FROM schema_migrations ORDER BY number'))
    const number = releasedMigrations.length + 1
    expect(steps.at(-1)).toEqual({ number, name: `${String(number).padStart(4, '0')}_moved` })
    expect(await old.change(mark('late'))).toMatchObject({ ok: false, reason: { code: 'store_read_only' } })
  })

  test('moves once: what is done there later is not looked at again', async () => {
    const place = makePlace()
    await makeEditor(place)
    await settle(place)
    await makeStore(place.dataFolder, 'three')
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two', 'three'])
  })

  test('stays where it is when it is the data folder itself, by whatever path', async () => {
    const place = makePlace()
    await makeEditor(place)
    symlinkSync(place.editorFolder, path.join(place.base, 'link'))
    expect(await settle(place, {}, { dataFolder: path.join(place.base, 'link') })).toMatchObject({ editor: null })
  })

  test('that was never made is no reason to make anything', async () => {
    const place = makePlace()
    expect((await settle(place)).editor).toMatchObject({ state: 'empty' })
    expect(readdirSync(place.base)).toEqual([])
  })

  test.each<[string, (place: Place) => Promise<void> | void]>([
    ['empty folders', ({ dataFolder }) => void mkdirSync(path.join(dataFolder, 'runs'), { recursive: true })],
    ['a store that nobody ever changed', ({ dataFolder }) => makeStore(dataFolder)],
    [
      'a link to another disk',
      ({ dataFolder, base }) => {
        mkdirSync(path.join(base, 'big'))
        mkdirSync(path.dirname(dataFolder))
        symlinkSync(path.join(base, 'big'), dataFolder)
      },
    ],
  ])('takes the place of %s', async (_what, prepare) => {
    const place = makePlace()
    await makeEditor(place)
    await prepare(place)
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expectSideFiles(place.dataFolder)
    expect(besides(place)).toEqual([])
  })

  test('an open terminal sees what came to stand where it had an untouched store', async () => {
    const place = makePlace()
    await makeEditor(place)
    const terminal = await folders.open(place.dataFolder)
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
    expect(await terminal.change(mark('three'))).toMatchObject({ ok: true })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two', 'three'])
  })
})

describe('a data folder that has a store of its own', () => {
  test('keeps it, and the editor keeps its own: nothing is merged, and both are told', async () => {
    const place = makePlace()
    await makeEditor(place)
    await makeStore(place.dataFolder, 'of the terminal')
    await expectStayed(place, await settle(place), 'apart')
    expect(await marksIn(place.dataFolder)).toEqual(['of the terminal'])
    const [note] = readdirSync(path.join(place.dataFolder, 'editors'))
    expect(readFileSync(path.join(place.dataFolder, 'editors', note ?? ''), 'utf8')).toContain('"state":"apart"')
  })

  test('is used from the moment when a person says so; the editor’s own stays, closed', async () => {
    const place = makePlace()
    await makeEditor(place)
    await makeStore(place.dataFolder, 'of the terminal')
    await settle(place)
    const home = await settle(place, {}, { leaves: true })
    expect(home).toMatchObject({ dataFolder: place.dataFolder, editor: { state: 'left' } })
    expect((await settle(place)).editor).toMatchObject({ state: 'left' })
    expect(await marksIn(place.dataFolder)).toEqual(['of the terminal'])
    expectSideFiles(place.editorFolder)
    expect((await folders.open(place.editorFolder)).read(readMarks)).toEqual(['one', 'two'])
  })

  test('may come to be one at the last moment', async () => {
    const place = makePlace()
    await makeEditor(place)
    let isBegun = false
    const files: RunFiles = {
      ...diskFiles,
      async open(file, flags, mode) {
        // The last file before the rename is the note.
        const isLast = file.includes('editors') && isStaged(file) && !isBegun
        isBegun ||= isLast
        if (isLast) await makeStore(place.dataFolder, 'of the terminal')
        return open(file, flags, mode)
      },
    }
    await expectStayed(place, await settle(place, { files }), 'apart')
    expect(await marksIn(place.dataFolder)).toEqual(['of the terminal'])
    expect(besides(place)).toEqual([])
  })
})

/** The disk behind the stage fails at the n-th time that a file is opened there. */
function failing(code: string, when: (file: string, count: number) => boolean): RunFiles {
  let count = 0
  return {
    ...diskFiles,
    async open(file, flags, mode) {
      if (isStaged(file)) count++
      if (when(file, count)) throw Object.assign(new Error(code), { code, path: file })
      return open(file, flags, mode)
    },
  }
}

/** A second file system, where the system has one that anybody may write to. */
const otherDisks = ['/dev/shm'].filter((disk) => existsSync(disk) && statSync(disk).dev !== statSync('/tmp').dev)

const isStaged = (file: string) => file.includes('.moving-')

describe('what goes wrong', () => {
  test.each(['ENOSPC', 'EROFS', 'EACCES', 'EIO'])(
    '%s at whatever file: the editor goes on as before, and nothing is left behind',
    async (code) => {
      let failed = 0
      for (let n = 1; ; n += 7) {
        const place = makePlace()
        await makeEditor(place)
        const home = await settle(place, { files: failing(code, (file, count) => isStaged(file) && count >= n) })
        // Only names that cannot be made durable are left to fail.
        if (home.editor?.state === 'moved') break
        await expectStayed(place, home, 'failed')
        expect(home.editor?.detail).toContain(code)
        expect(besides(place)).toEqual([])
        failed++
      }
      expect(failed).toBeGreaterThan(2)
    },
  )

  test('bytes that read back as others are found by their hash', async () => {
    const place = makePlace()
    await makeEditor(place)
    const files: RunFiles = {
      ...diskFiles,
      async open(file, flags, mode) {
        const handle = await open(file, flags, mode)
        return isStaged(file) && file.endsWith('vectors.bin') && flags === 'w' ? corrupting(handle) : handle
      },
    }
    const home = await settle(place, { files })
    await expectStayed(place, home, 'failed')
    expect(home.editor?.detail).toContain('is not the same as the file')
  })

  test.each<[string, (place: Place) => void, RegExp]>([
    [
      'a link within the storage',
      ({ editorFolder }) => symlinkSync('/etc/hosts', path.join(editorFolder, 'runs', 'l')),
      /no regular file/,
    ],
    ['a data folder inside of it', () => undefined, /inside of it/],
    [
      'a link that leads nowhere',
      ({ base, dataFolder }) => {
        mkdirSync(path.dirname(dataFolder))
        symlinkSync(path.join(base, 'gone'), dataFolder)
      },
      /gone/,
    ],
    [
      'a file where the folder would be',
      ({ dataFolder }) => {
        mkdirSync(path.dirname(dataFolder))
        writeFileSync(dataFolder, 'a file')
      },
      /ENOTDIR/,
    ],
  ])('%s', async (what, prepare, detail) => {
    const place = makePlace()
    await makeEditor(place)
    prepare(place)
    const dataFolder = what.endsWith('inside of it') ? path.join(place.editorFolder, 'data') : place.dataFolder
    const home = await settle(place, {}, { dataFolder })
    await expectStayed(place, home, 'failed')
    expect(home.editor?.detail).toMatch(detail)
  })

  test.each(otherDisks)('another file system is as good as the same one: %s', async (disk) => {
    const place = makePlace()
    await makeEditor(place)
    const other = mkdtempSync(path.join(disk, 'llm-providers-'))
    try {
      const dataFolder = path.join(other, 'data')
      expect((await settle(place, {}, { dataFolder })).editor).toMatchObject({ state: 'moved' })
      expect(await marksIn(dataFolder)).toEqual(['one', 'two'])
      expectSideFiles(dataFolder)
    } finally {
      rmSync(other, { recursive: true, force: true })
    }
  })

  test.each(otherDisks)('a disk in use that is mounted where the folder would be is left alone: %s', async (disk) => {
    const place = makePlace()
    await makeEditor(place)
    const own = path.join(disk, `not-ours-${process.pid}`)
    writeFileSync(own, 'x')
    try {
      await expectStayed(place, await settle(place, {}, { dataFolder: disk }), 'apart')
      expect(readdirSync(disk).filter((name) => name.startsWith('.moving-'))).toEqual([])
    } finally {
      rmSync(own)
      rmSync(path.join(disk, 'editors'), { recursive: true, force: true })
    }
  })

  test('half a copy of a process that died is cleaned away, and a sealed store is taken up where it was left', async () => {
    const place = makePlace()
    await makeEditor(place)
    write(`${place.dataFolder}.moving-${thisHost}-999999999-0123abcd`, {
      'data/runs/half': 'x',
      'data/store.3.db': 'half',
    })
    await sealStore(
      { files: storeFiles, clock: realClock, random: Math.random, onDamage: () => undefined },
      place.editorFolder,
      '2026-11-21T12:00:00.000Z',
    )
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expect(existsSync(path.join(place.dataFolder, 'runs/half'))).toBe(false)
    expect(besides(place)).toEqual([])
  })

  test('a process that died after the rename: its old place is closed by the next one', async () => {
    const place = makePlace()
    await makeEditor(place)
    await settle(place)
    rmSync(path.join(place.editorFolder, 'moved.json'))
    await makeStore(place.dataFolder, 'three')
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
    expect(existsSync(path.join(place.editorFolder, 'moved.json'))).toBe(true)
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two', 'three'])
  })

  test('a store that was set aside by a process that died, and that somebody had begun to use, comes back', async () => {
    const place = makePlace()
    await makeEditor(place)
    await makeStore(`${place.dataFolder}.moving-${thisHost}-999999999-0123abcd/before`, 'of the terminal')
    await expectStayed(place, await settle(place), 'apart')
    expect(await marksIn(place.dataFolder)).toEqual(['of the terminal'])
  })

  test('whoever works on it is waited for: it moves at a later start', async () => {
    const place = makePlace()
    await makeEditor(place)
    const turn = await takeTurn(path.join(place.editorFolder, 'kb', 'docs', 'chunks.jsonl'), {
      files: diskFiles,
      clock: systemClock,
      random: Math.random,
    })
    const home = await settle(place)
    await expectStayed(place, home, 'busy')
    expect(home.editor?.detail).toBe('another window works on it')
    await turn?.end()
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
  })

  test.each<[string, number, string]>([
    ['waits for a run of a process that lives', process.pid, 'busy'],
    ['does not wait for a run whose process is gone', 999_999_999, 'moved'],
  ])('it %s', async (_what, pid, state) => {
    const place = makePlace()
    await makeEditor(place)
    const store = await folders.open(place.editorFolder)
    await store.change((database) => {
      database.run(
        `INSERT INTO runs (run_id, state, request_json, view_json, owner_pid, owner_host, owner_token, started_at, updated_at)
         VALUES ('run_1', 'running', '{}', '{}', ?, ?, 'token', ?, ?)`,
        [pid, hostname(), instant, instant],
      )
      return succeed(null)
    })
    await store.close()
    expect((await settle(place)).editor?.state).toBe(state)
  })

  test('two at once: one moves it, and the other finds it moved', async () => {
    const place = makePlace()
    await makeEditor(place)
    const homes = await Promise.all([settle(place), settle(place), settle(place)])
    expect(homes.map(({ editor }) => editor?.state)).toEqual(['moved', 'moved', 'moved'])
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expect(besides(place)).toEqual([])
  })

  test('whoever slept while another one moved it finds it moved, and opens nothing again', async () => {
    const place = makePlace()
    await makeEditor(place)
    let isAsleep = false
    const files: RunFiles = {
      ...diskFiles,
      async open(file, flags, mode) {
        if (file.includes('editors') && isStaged(file) && !isAsleep) {
          isAsleep = true
          // A minute of silence is taken for death.
          for (const name of readdirSync(place.editorFolder).filter((each) => each.includes('.turn.')))
            rmSync(path.join(place.editorFolder, name))
          expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
        }
        return open(file, flags, mode)
      },
    }
    expect(await settle(place, { files })).toMatchObject({ dataFolder: place.dataFolder, editor: { state: 'moved' } })
    expect((await folders.open(place.editorFolder)).mode).toMatchObject({ cause: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expect(besides(place)).toEqual([])
  })

  test('the stage of another machine is left alone', async () => {
    const place = makePlace()
    await makeEditor(place)
    write(`${place.dataFolder}.moving-0123456789ab-999999999-0123abcd`, { 'data/runs/r': 'x' })
    expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
    expect(besides(place)).toEqual(['llm-providers.moving-0123456789ab-999999999-0123abcd'])
  })

  test('a window of before that goes on writing while it is copied loses nothing', async () => {
    const place = makePlace()
    await makeEditor(place)
    const old = await folders.open(place.editorFolder)
    const saved = ['one', 'two']
    let isOver = false
    const writing = (async () => {
      for (let number = 0; !isOver; number++) {
        const outcome = await old.change(mark(`late ${number}`))
        if (outcome.ok) saved.push(outcome.value)
      }
    })()
    const home = await settle(place)
    isOver = true
    await writing
    expect(home.editor).toMatchObject({ state: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(saved)
  })

  test('a damaged newest generation is set aside and told, and what is left moves', async () => {
    const place = makePlace()
    await makeEditor(place)
    writeFileSync(path.join(place.editorFolder, 'store.3.db'), 'damaged')
    const damage: string[] = []
    expect((await settle(place, { onDamage: (words) => void damage.push(words) })).editor).toMatchObject({
      state: 'moved',
    })
    expect(damage.join()).toContain('Generation 3')
    expect(await marksIn(place.dataFolder)).toEqual(['one'])
  })
})

function corrupting(handle: FileHandle): FileHandle {
  return new Proxy(handle, {
    get(target, name) {
      if (name === 'write')
        return (piece: Uint8Array, ...rest: [number, number]) => {
          const bytes = Uint8Array.from(piece)
          bytes[0] = (bytes[0] ?? 0) ^ 1
          return target.write(bytes, ...rest)
        }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('a store of long ago moves as it is, and is upgraded where it is now', async () => {
  const place = makePlace()
  mkdirSync(place.editorFolder)
  const preFeature = path.resolve(import.meta.dirname, '../../fixtures/store/pre-feature.db')
  cpSync(preFeature, path.join(place.editorFolder, 'store.1.db'))
  expect((await settle(place)).editor).toMatchObject({ state: 'moved' })
  const store = await folders.open(place.dataFolder)
  expect(store.migrations.filter(({ applied }) => applied === 'now').length).toBeGreaterThan(10)
  expect(store.read(readPreferences).interests).toBe('Compilers, databases, and how people learn.')
  expect(readFileSync(path.join(place.editorFolder, 'store.1.db'))).toEqual(readFileSync(preFeature))
})

describe('a data folder that is a disk of its own', () => {
  const mounted = { isMounted: () => true }
  const staged = ({ dataFolder }: Place) => readdirSync(dataFolder).filter((name) => name.startsWith('.moving-'))
  const makeMounted = async (): Promise<Place> => {
    const place = makePlace()
    await makeEditor(place)
    mkdirSync(place.dataFolder, { recursive: true })
    return place
  }

  test.each<[string, (place: Place) => Promise<void> | void]>([
    ['is empty', () => undefined],
    [
      'has what systems put there, and an empty folder',
      ({ dataFolder }) => {
        write(dataFolder, { '.DS_Store': 'x' })
        mkdirSync(path.join(dataFolder, 'runs'))
      },
    ],
    ['has a store that nobody changed', ({ dataFolder }) => makeStore(dataFolder)],
  ])('takes the store into it where it %s', async (_, prepare) => {
    const place = await makeMounted()
    await prepare(place)
    const before = statSync(place.dataFolder).ino
    expect(await settle(place, mounted)).toMatchObject({ dataFolder: place.dataFolder, editor: { state: 'moved' } })
    expect(statSync(place.dataFolder).ino).toBe(before)
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expectSideFiles(place.dataFolder)
    expect(staged(place)).toEqual([])
    expect((await settle(place, mounted)).editor).toMatchObject({ state: 'moved' })
    // Another editor finds somebody's data there.
    const other = { ...place, editorFolder: path.join(place.base, 'other') }
    await makeEditor(other)
    await expectStayed(other, await settle(other, mounted), 'apart')
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
  })

  test('is seen by a terminal that had it open, whose change comes after what moved', async () => {
    const place = await makeMounted()
    const terminal = await folders.open(place.dataFolder)
    expect((await settle(place, mounted)).editor).toMatchObject({ state: 'moved' })
    expect(await terminal.change(mark('three'))).toMatchObject({ ok: true })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two', 'three'])
  })

  test('keeps what a terminal commits at the last moment, and nothing of the editor stays there', async () => {
    const place = await makeMounted()
    const late = {
      ...storeFiles,
      link(from: string, to: string) {
        if (from.includes('.moving-') && path.basename(to) === 'store.2.db')
          cpSync(at, place.dataFolder, { recursive: true })
        storeFiles.link(from, to)
      },
    }
    const at = path.join(place.base, 'elsewhere')
    await makeStore(at, 'of the terminal')
    write(at, { 'runs/own.journal.jsonl': 'of the terminal' })
    await expectStayed(place, await settle(place, { ...mounted, storeFiles: late }), 'apart')
    expect(await marksIn(place.dataFolder)).toEqual(['of the terminal'])
    expect(staged(place)).toEqual([])
    expect(readdirSync(path.join(place.dataFolder, 'runs'))).toEqual(['own.journal.jsonl'])
    expect(existsSync(path.join(place.dataFolder, 'kb'))).toBe(false)
  })

  const stageOf = ({ dataFolder }: Place) => path.join(dataFolder, `.moving-${thisHost}-999999999-0123abcd`, 'data')

  test('that a process left with half of its files is emptied of them first', async () => {
    const place = await makeMounted()
    const stage = stageOf(place)
    cpSync(place.editorFolder, stage, { recursive: true })
    for (const name of ['runs/run_1.journal.jsonl', 'kb/docs/chunks.jsonl']) {
      mkdirSync(path.dirname(path.join(place.dataFolder, name)), { recursive: true })
      linkSync(path.join(stage, name), path.join(place.dataFolder, name))
    }
    expect((await settle(place, mounted)).editor).toMatchObject({ state: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two'])
    expectSideFiles(place.dataFolder)
    expect(staged(place)).toEqual([])
  })

  test('that has all but the word of it is moved to, however much was changed there since', async () => {
    const place = await makeMounted()
    await settle(place, mounted)
    const stage = stageOf(place)
    mkdirSync(stage, { recursive: true })
    linkSync(path.join(place.dataFolder, 'store.2.db'), path.join(stage, 'store.7.db'))
    renameSync(path.join(place.dataFolder, 'editors'), path.join(stage, 'editors'))
    rmSync(path.join(place.editorFolder, 'moved.json'))
    // More than there are backups: the generation that came there is gone by then.
    const later = Array.from({ length: 12 }, (_, nth) => `later ${nth}`)
    await makeStore(place.dataFolder, ...later)
    expect(existsSync(path.join(place.dataFolder, 'store.2.db'))).toBe(false)
    expect((await settle(place, mounted)).editor).toMatchObject({ state: 'moved' })
    expect(await marksIn(place.dataFolder)).toEqual(['one', 'two', ...later])
    expectSideFiles(place.dataFolder)
    expect(staged(place)).toEqual([])
    expect(existsSync(path.join(place.editorFolder, 'moved.json'))).toBe(true)
  })
})
