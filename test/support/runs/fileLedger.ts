import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { succeed } from '../../../protocol/outcome.ts'
import type { RunLedger, RunRow } from '../../../server/runs/ledger.ts'
import { fail } from '../../../shared/fail.ts'

/** A table of one run in a file, for processes that are killed. Only one of them lives at a time. */
export function createFileLedger(path: string): RunLedger {
  const read = (): RunRow | null => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as RunRow
    } catch {
      return null
    }
  }
  const write = (row: RunRow): void => {
    writeFileSync(`${path}.tmp`, JSON.stringify(row))
    renameSync(`${path}.tmp`, path)
  }
  const missing = (id: string) => fail({ code: 'not_found', what: 'run', id })
  return {
    async create(row) {
      write(row)
      return succeed(row)
    },
    async read(runId) {
      const row = read()
      return row ? succeed(row) : missing(runId)
    },
    async update(runId, change) {
      const row = read()
      if (!row) return missing(runId)
      const changed = change(row)
      if (changed.ok) write(changed.value)
      return changed
    },
    async list() {
      const row = read()
      return succeed({ rows: row ? [row] : [], next: null })
    },
    async listOwned() {
      const row = read()
      return succeed(row?.owner ? [row] : [])
    },
    remove: async () => succeed(null),
  }
}
