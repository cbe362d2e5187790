import { strict as assert } from 'node:assert'
import { note } from '../../support/vscode/reportFile.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { killServer } from './runCases.ts'
import { connected, lastMessage, openApp, perform } from './world.ts'

export const endCases = cases({
  'ten restarts leave no listener, no process and nothing to dispose behind': async () => {
    await connected()
    const app = await openApp()
    const count = () => ({
      lifetime: app.lifetime.changes.listenerCount,
      snapshots: app.snapshots.changes.listenerCount,
      runs: app.watch.listenerCount,
      disposables: app.store.size,
      exit: process.listenerCount('exit'),
    })
    const before = count()
    const pids = new Set<number>()
    for (let round = 0; round < 10; round += 1) {
      await perform('llmProviders.restartServer', [])
      const { state } = app.lifetime
      assert.ok(state.kind === 'running' && state.process.pid !== null)
      pids.add(state.process.pid)
    }
    assert.equal(pids.size, 10)
    await until('the last snapshot', () => app.snapshots.current)
    assert.deepEqual(count(), before)
    const present = [...pids].at(-1)
    await until('the earlier processes to be gone', () => [...pids].every((pid) => pid === present || !isAlive(pid)))
  },

  'a server that keeps dying is given up, told, and started again by a person': async () => {
    const app = await openApp()
    for (let count = 0; count < 4; count += 1) {
      const pid = killServer(app)
      await until('the next process', () => {
        const { state } = app.lifetime
        return state.kind === 'running' && state.process.pid !== pid
      })
    }
    killServer(app)
    await until('it to be given up', () => app.lifetime.state.kind === 'failed')
    assert.match(app.status.item.text, /\$\(error\) .*server stopped/)
    assert.equal(app.status.item.command, 'llmProviders.restartServer')
    const person = await perform('llmProviders.testConnection', ['builtin'], (person) => person.press('Restart server'))
    assert.match(lastMessage(person).text, /background server is not running/)
    assert.deepEqual(lastMessage(person).buttons, ['Restart server', 'Show the log'])
    await until('it to run', () => app.lifetime.state.kind === 'running')
    await until('the status bar to be good again', () => app.status.item.text === '$(check) LLM: ready')
  },

  'the status bar is not touched when what it tells is the same': async () => {
    const app = await openApp()
    const before = app.status.changes
    for (let count = 0; count < 5; count += 1) await app.snapshots.reload()
    assert.equal(app.status.changes, before)
    note(`the status bar changed ${before} times in this run`)
  },

  'stopping ends the process': async () => {
    const app = await openApp()
    const { state } = app.lifetime
    assert.ok(state.kind === 'running' && state.process.pid !== null)
    const { pid } = state.process
    await app.stop()
    await until('the process to be gone', () => !isAlive(pid), 2_500)
  },
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
