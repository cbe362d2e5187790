import { beforeEach, describe, expect, test } from 'vitest'
import { dataKinds } from '../../protocol/contract.ts'
import { type ChangeKind, Changes } from '../../server/changes.ts'
import { lazy } from '../../server/lazy.ts'
import { createChange } from '../../server/store/change.ts'

type Committed = { generation: number; own: boolean }

let commit: (change: Committed) => void
let isWatched: boolean
let changes: Changes
let heard: (readonly ChangeKind[])[]

beforeEach(() => {
  isWatched = false
  changes = new Changes({
    onChanged(listener) {
      commit = listener
      isWatched = true
      return {
        dispose() {
          isWatched = false
        },
      }
    },
  })
  heard = []
  changes.on((kinds) => heard.push(kinds))
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('changes', () => {
  test('of one turn are told at once, each kind once', async () => {
    changes.emit('runs', 'audit')
    changes.emit('keys')
    changes.emit('runs')
    expect(heard).toEqual([])
    await turn()
    expect(heard).toEqual([['runs', 'audit', 'keys']])
    changes.emit('labels')
    await turn()
    expect(heard.slice(1)).toEqual([['labels']])
  })

  test('of another process are of everything, evaluations too; our own commits say themselves what they changed', async () => {
    commit({ generation: 2, own: true })
    await turn()
    expect(heard).toEqual([])
    commit({ generation: 3, own: false })
    await turn()
    expect(heard).toEqual([[...dataKinds]])
    expect(heard[0]).toContain('evaluations')
  })

  test('are told to nobody who has left, and not at all after the end', async () => {
    const late: (readonly ChangeKind[])[] = []
    changes.on((kinds) => late.push(kinds)).dispose()
    changes.emit('runs')
    changes.dispose()
    changes.emit('labels')
    await turn()
    expect([heard, late, isWatched]).toEqual([[], [], false])
  })

  test('are told when they are stored, and only then', async () => {
    const stored: unknown[] = []
    const change = createChange(
      {
        async change(mutation) {
          const outcome = mutation(null as never)
          stored.push(outcome)
          return outcome
        },
      },
      changes,
    )
    const refused = { ok: false, reason: { code: 'cancelled', message: 'Cancelled.' } } as const
    expect(await change(['routes'], () => refused as never)).toBe(refused)
    await turn()
    expect(heard).toEqual([])
    await change(['routes', 'audit'], () => ({ ok: true, value: 1 }))
    await turn()
    expect(heard).toEqual([['routes', 'audit']])
    expect(stored).toHaveLength(2)
  })
})

test('what is loaded late is loaded once, and nothing is loaded to be ended', async () => {
  let loads = 0
  const engine = lazy(async () => ++loads)
  expect(engine.ifLoaded()).toBeNull()
  expect(await Promise.all([engine(), engine()])).toEqual([1, 1])
  expect(await engine.ifLoaded()).toBe(1)
})
