import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { generationPath, listGenerations } from '../store/generations.ts'
import { isMoved, markMoved, unmarkMoved } from '../store/migrations.ts'
import { unsealImage } from '../store/sealedImage.ts'
import { Snapshots, type StoreClock } from '../store/snapshots.ts'
import { type Connection, loadSqlite } from '../store/sqlite.ts'
import type { StoreFiles } from '../store/storeFiles.ts'
import { SqlError } from '../store/unreadableData.ts'

export interface SealParts {
  files: StoreFiles
  clock: StoreClock
  random(): number
  /** A damaged generation was set aside, in words. */
  onDamage(words: string): void
}

/**
 * Marks a store as moved, with a commit like any other: after it, no process of whichever version changes it. Ours know the mark; those
 * of before take it for an upgrade by a newer version, become read-only and say so. Fails with `store_failed` or `store_invalid`.
 */
export function sealStore(parts: SealParts, folder: string, at: string): Promise<Outcome<null>> {
  return commit(parts, folder, (connection) => {
    if (isMoved(connection)) return false
    markMoved(connection, at)
    return true
  })
}

/** Takes the mark away again: the store is in use where it stands. */
export function unsealStore(parts: SealParts, folder: string): Promise<Outcome<null>> {
  return commit(parts, folder, (connection) => {
    if (!isMoved(connection)) return false
    unmarkMoved(connection)
    return true
  })
}

/** The generations that carry the mark. */
export async function sealedGenerations(files: StoreFiles, folder: string): Promise<number[]> {
  const sqlite = await loadSqlite()
  return listGenerations(files, folder).numbers.filter((number) => {
    const sealed = unsealImage(files.read(generationPath(folder, number)))
    if ('damage' in sealed) return false
    const connection = sqlite.open(sealed.image)
    try {
      return isMoved(connection)
    } finally {
      connection.close()
    }
  })
}

/** Reads from the newest whole generation. Fails with `store_invalid` where there is none. */
export async function readStore<Value>(
  parts: SealParts,
  folder: string,
  query: (connection: Connection) => Value,
): Promise<Outcome<Value>> {
  const snapshots = await openSnapshots(parts, folder)
  try {
    return snapshots.ok && snapshots.value.current
      ? succeed(query(snapshots.value.current.connection))
      : notWhole(folder)
  } finally {
    if (snapshots.ok) snapshots.value.close()
  }
}

async function commit(
  parts: SealParts,
  folder: string,
  apply: (connection: Connection) => boolean,
): Promise<Outcome<null>> {
  const opened = await openSnapshots(parts, folder)
  if (!opened.ok) return opened
  const snapshots = opened.value
  try {
    const outcome = await snapshots.transact((connection) => succeed(apply(connection)))
    await snapshots.tidy()
    return outcome
  } catch (error) {
    if (error instanceof SqlError) return notWhole(folder, [error.message])
    throw error
  } finally {
    snapshots.close()
  }
}

async function openSnapshots(parts: SealParts, folder: string): Promise<Outcome<Snapshots>> {
  const sqlite = await loadSqlite()
  const signal = new AbortController().signal
  const snapshots = new Snapshots({ ...parts, folder, sqlite, signal, isReadOnly: false, onAdopted: () => undefined })
  const damaged = snapshots.refresh()
  return snapshots.current ? succeed(snapshots) : notWhole(folder, damaged)
}

function notWhole(folder: string, damaged: readonly string[] = []): Outcome<never> {
  const sentence = localizable('no generation in {0} is whole ({1})', folder, damaged.join('; '))
  return fail({ code: 'store_invalid', ...withMessage('detail', sentence) })
}
