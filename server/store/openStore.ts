import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { ServerInfo } from '../../protocol/contract.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { cleanLeftovers, isProcessAlive, listGenerations, temporaryPath } from './generations.ts'
import { applyMigrations, inspectSchema, type Migration, type MigrationStep, readMigrations } from './migrations.ts'
import { type ReleasedMigration, releasedMigrations } from './releasedMigrations.ts'
import { Snapshots, type StoreClock } from './snapshots.ts'
import { loadSqlite } from './sqlite.ts'
import { ChangeListeners, OpenStore, type ReadOnly, type Store } from './store.ts'
import { causeOfFileError, diskFiles, fileErrorInEnglish, type StoreFiles, writeDurably } from './storeFiles.ts'

/** What callers of `openStore` get; one import for both. */
export type { Store, StoreMode } from './store.ts'

export interface StoreOptions {
  /** The folder of the store; made if it is not there. */
  dataDir: string
  /** Where the numbered SQL files are: `migrations/` of the sources, `dist/migrations/` of a build. */
  migrationsDir: string
  clock: StoreClock
  /** 0 <= value < 1. */
  random(): number
  /** Nothing is written, not even an upgrade. */
  readOnly?: boolean
  files?: StoreFiles
  /** The migrations that must be there unchanged; those of this version if absent. */
  released?: readonly ReleasedMigration[]
}

/**
 * Opens the store of a data folder: makes it on the first run, upgrades it when this version knows more migrations, takes the newest
 * whole generation when others are damaged. Fails with `store_invalid` when there is nothing that can be used, with `store_failed`
 * when the first generation or an upgrade could not be saved.
 */
export async function openStore(options: StoreOptions): Promise<Outcome<Store>> {
  try {
    return await open({ files: diskFiles, released: releasedMigrations, readOnly: false, ...options })
  } catch (error) {
    return fail({ code: 'store_invalid', ...withMessage('detail', fileErrorInEnglish(error, options.dataDir)) })
  }
}

async function open(options: Required<StoreOptions>): Promise<Outcome<Store>> {
  const { files, dataDir: folder, clock } = options
  const read = readMigrations(files, options.migrationsDir, options.released)
  if (!read.ok) return read
  if (!options.readOnly) files.makeFolder(folder)
  const readOnly = whyNotWritable(options)
  if (readOnly === null) await cleanLeftovers(files, folder, { now: clock.now(), isAlive: isProcessAlive })
  const damage: string[] = []
  const listeners = new ChangeListeners()
  const closing = new AbortController()
  const snapshots = new Snapshots({
    files,
    folder,
    sqlite: await loadSqlite(),
    isReadOnly: readOnly !== null,
    onDamage: (words) => void damage.push(words),
    clock,
    random: options.random,
    signal: closing.signal,
    onAdopted: (generation, own) => listeners.notify({ generation, own }),
  })
  const prepared = await prepare(options, snapshots, read.value, readOnly)
  if (!prepared.ok) {
    snapshots.close()
    return prepared
  }
  const parts = {
    snapshots,
    migrations: read.value,
    readOnly,
    damage,
    steps: prepared.value,
    clock,
    files,
    folder,
    listeners,
    closing,
  }
  return succeed(new OpenStore(parts))
}

function whyNotWritable({ readOnly, files, dataDir }: Required<StoreOptions>): ReadOnly | null {
  if (readOnly) return { cause: 'on_request', ...withMessage('why', localizable('it was opened for reading only')) }
  const code = files.whyNotWritable(dataDir)
  if (code === null) return null
  return causeOfFileError(code) === 'read_only_disk'
    ? { cause: 'read_only_disk', ...withMessage('why', localizable('the file system of {0} is read-only', dataDir)) }
    : { cause: 'no_permission', ...withMessage('why', localizable('there is no permission to write to {0}', dataDir)) }
}

/** Loads the newest generation and brings its schema up to date; the value lists all migrations of the database. */
async function prepare(
  options: Required<StoreOptions>,
  snapshots: Snapshots,
  migrations: readonly Migration[],
  readOnly: ReadOnly | null,
): Promise<Outcome<MigrationStep[]>> {
  const damaged = snapshots.refresh()
  if (!snapshots.current) {
    const detail = whyNoFirstRun(options, damaged, readOnly)
    if (detail) return fail({ code: 'store_invalid', ...withMessage('detail', detail) })
    return upgrade(options, snapshots, migrations)
  }
  const state = inspectSchema(snapshots.current.connection, migrations)
  switch (state.kind) {
    case 'head':
      return succeed(state.steps)
    case 'newer':
    case 'moved':
      return succeed([])
    case 'invalid':
      return fail({
        code: 'store_invalid',
        ...withMessage('detail', localizable('{0}: {1}', options.dataDir, state.detail)),
      })
    case 'pending':
      if (readOnly !== null) {
        const sentence = localizable('{0} needs an upgrade, but {1}', options.dataDir, whyOf(readOnly))
        return fail({ code: 'store_invalid', ...withMessage('detail', sentence) })
      }
      await saveCopy(options, snapshots, state.pending)
      return upgrade(options, snapshots, migrations)
    default:
      return assertNever(state)
  }
}

/** An empty folder is a first run; one whose data is damaged never is. Null: it is. */
function whyNoFirstRun(
  { files, dataDir }: Required<StoreOptions>,
  damaged: readonly string[],
  readOnly: ReadOnly | null,
): LocalizableMessage | null {
  if (damaged.length > 0) return localizable('no generation in {0} is whole ({1})', dataDir, damaged.join('; '))
  if (listGenerations(files, dataDir).damaged > 0) {
    return localizable(
      'all that is left in {0} are damaged generations in its folder quarantine; remove it to start anew',
      dataDir,
    )
  }
  return readOnly === null ? null : localizable('there is none in {0}, and {1}', dataDir, whyOf(readOnly))
}

function whyOf({ localizable, why }: ReadOnly): LocalizableMessage {
  return localizable ?? localizableText(why)
}

/** The state before the first pending migration stays beside the generations until somebody removes it. */
async function saveCopy(
  { files, dataDir: folder }: Required<StoreOptions>,
  { current }: Snapshots,
  [first]: readonly Migration[],
): Promise<void> {
  if (!current || !first) return
  const copy = path.join(folder, `before-${first.name}.store.${current.number}.db`)
  if (files.exists(copy)) return
  const temporary = temporaryPath(folder, current.number, process.pid, randomBytes(6).toString('hex'))
  try {
    await writeDurably(files, temporary, [current.sealed.image, current.sealed.seal])
    files.rename(temporary, copy)
  } catch (error) {
    await files.remove(temporary)
    throw error
  }
}

/** Another process may upgrade at the same moment: the second one finds nothing to do. */
async function upgrade(
  { clock }: Required<StoreOptions>,
  snapshots: Snapshots,
  migrations: readonly Migration[],
): Promise<Outcome<MigrationStep[]>> {
  let applied: readonly Migration[] = []
  const outcome = await snapshots.transact((connection) => {
    const state = inspectSchema(connection, migrations)
    applied = state.kind === 'pending' ? state.pending : []
    if (state.kind === 'invalid') return fail({ code: 'store_invalid', ...withMessage('detail', state.detail) })
    const result = applyMigrations(connection, applied, new Date(clock.now()).toISOString())
    return result.ok ? succeed(applied.length > 0) : result
  })
  await snapshots.tidy()
  if (!outcome.ok || !snapshots.current) return outcome.ok ? succeed([]) : outcome
  const state = inspectSchema(snapshots.current.connection, migrations)
  if (state.kind !== 'head') return succeed([])
  const now = new Set(applied.map(({ name }) => name))
  return succeed(state.steps.map((step) => (now.has(step.name) ? { ...step, applied: 'now' } : step)))
}

/** The store as `initialize` answers it. */
export function describeStore({ mode, generation, damage, migrations }: Store): ServerInfo['store'] {
  return {
    mode: mode.kind,
    why: mode.kind === 'read-only' ? mode.why : null,
    ...(mode.kind === 'read-only' ? { reason: readOnlyReason(mode) } : {}),
    generation,
    damage: [...damage],
    migrations: [...migrations],
  }
}

function readOnlyReason({ cause, why, localizable }: ReadOnly): Reason {
  return explainReason({ code: 'store_read_only', cause, why, ...(localizable ? { localizable } : {}) })
}
