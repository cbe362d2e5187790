import type { ChildProcess } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import type { BuiltCli } from '../cli/spawnCli.ts'
import { startTestServer, type TestServer } from '../protocol/testServer.ts'
import { type ScriptedLiteLlm, startScriptedLiteLlm } from './scriptedLiteLlm.ts'

/** What a sync that was killed several times left behind, once one was let end. */
export interface KilledSync {
  seed: number
  kills: number
  /** At which request of which sync, and whether it was carried out. */
  places: string[]
  /** Models that should be there and are not, that are there twice, that should be gone, and that are not as they were set. */
  lost: string[]
  doubled: string[]
  left: string[]
  stale: string[]
  /** Entries of others are as they were. */
  isForeignUntouched: boolean
  /** Changes that the audit log does not have exactly once. */
  mistold: string[]
}

const kept = ['keep-1', 'keep-2']
const changed = ['change-1', 'change-2']
const removed = ['remove-1', 'remove-2']
const added = ['add-1', 'add-2']

/** A generator of numbers of at least 0 and below 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Two models to be made, two to be replaced, two to be removed and two to stay; the process that syncs is killed one to three times, each
 * at a request that the seed chooses, before or after the proxy has done what it asks for. Then one sync is let end.
 */
export async function killDuringSync(cli: BuiltCli, dataDir: string, seed: number): Promise<KilledSync> {
  const random = randomOf(seed)
  const proxy = await startScriptedLiteLlm()
  const environment = { ADMIN_KEY: proxy.adminKey, LLM_PROVIDERS_HOME: dataDir }
  const sync = () => cli.start(['gateway', 'sync', 'team', '--json'], { environment })
  try {
    await changeStore(dataDir, (server) => prepare(server, proxy))
    const first = await sync().finished
    if (first.code !== 0) throw new Error(`${first.out}\n${first.err}`)
    const before = structuredClone(foreignOf(proxy))
    const told = await changeStore(dataDir, change)
    const kills = 1 + Math.floor(random() * 3)
    const places: string[] = []
    for (let at = 0; at < kills; at++) {
      const place = { request: 1 + Math.floor(random() * 10), isDone: random() < 0.5 }
      const started = sync()
      killAt(proxy, started.process, place, (asked) => places.push(`${asked}${place.isDone ? ', done' : ''}`))
      await started.finished
    }
    proxy.misbehave = () => undefined
    const last = await sync().finished
    if (last.code !== 0) throw new Error(`${last.out}\n${last.err}`)
    const after = await changeStore(dataDir, auditOf)
    return {
      ...{ seed, kills: places.length, places, mistold: mistold(after.slice(0, after.length - told)) },
      ...judge(proxy),
      isForeignUntouched: isDeepStrictEqual(foreignOf(proxy), before),
    }
  } finally {
    await proxy.close()
  }
}

/** SIGKILL is sent before the connection ends: the process sees nothing of what came of its request. */
function killAt(
  proxy: ScriptedLiteLlm,
  child: ChildProcess,
  { request, isDone }: { request: number; isDone: boolean },
  onKill: (asked: string) => void,
): void {
  let seen = 0
  proxy.misbehave = ({ method, path }) => {
    seen++
    if (seen !== request) return undefined
    child.kill('SIGKILL')
    onKill(`${method} ${path} (${seen})`)
    return isDone ? 'die_after' : 'die'
  }
}

async function changeStore<Value>(dataDir: string, work: (server: TestServer) => Promise<Value>): Promise<Value> {
  const server = await startTestServer({ dataDir })
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

async function prepare(server: TestServer, proxy: ScriptedLiteLlm): Promise<void> {
  await server.request('provider/save', { provider: 'work', kind: 'openai', config: {} })
  for (const model of [...kept, ...changed, ...removed]) await save(server, model, 0)
  await server.request('gateway/save', { gateway: 'team', url: proxy.url, keyEnv: 'ADMIN_KEY' })
}

async function save(server: TestServer, model: string, temperature: number): Promise<void> {
  const said = { provider: 'work', model, type: 'generation', parameters: { temperature }, sync: true } as const
  const saved = await server.request('model/save', said)
  if (!saved.ok) throw new Error(saved.reason.message)
}

/** How many changes at the gateway were told before. */
async function change(server: TestServer): Promise<number> {
  for (const model of changed) await save(server, model, 1)
  for (const model of added) await save(server, model, 0)
  const [inactive = '', gone = ''] = removed
  await server.request('model/save', { provider: 'work', model: inactive, status: 'inactive', confirm: true })
  await server.request('model/remove', { provider: 'work', model: gone, confirm: true })
  return (await auditOf(server)).length
}

/** Newest first: `make add-1`. */
async function auditOf(server: TestServer): Promise<string[]> {
  const page = await server.request('audit/list', { what: ['gateway'] })
  if (!page.ok) throw new Error(page.reason.message)
  return page.value.rows.map(({ action, before, after }) => {
    const { model } = (after ?? before ?? {}) as { model?: string }
    return `${action} ${model}`
  })
}

/** A replacement of which a death left only the first half is made anew. */
function mistold(told: readonly string[]): string[] {
  const times = (...lines: string[]) => told.filter((line) => lines.includes(line)).length
  const wrong = [
    ...changed.filter((model) => times(`make ${model}`, `replace ${model}`) !== 1),
    ...added.filter((model) => times(`make ${model}`) !== 1),
    ...removed.filter((model) => times(`remove ${model}`) !== 1),
  ]
  return wrong.map((model) => `${model}: ${told.filter((line) => line.endsWith(` ${model}`)).join(', ') || 'nothing'}`)
}

function foreignOf(proxy: ScriptedLiteLlm) {
  return proxy.entries.filter(({ model_info }) => !('llm_providers_mark' in model_info))
}

function judge(proxy: ScriptedLiteLlm): Pick<KilledSync, 'lost' | 'doubled' | 'left' | 'stale'> {
  const entriesOf = (model: string) =>
    proxy.entries.filter(({ litellm_params }) => litellm_params.model === `openai/${model}`)
  const wanted = [...kept, ...changed, ...added]
  return {
    lost: wanted.filter((model) => entriesOf(model).length === 0),
    doubled: wanted.filter((model) => entriesOf(model).length > 1),
    left: removed.filter((model) => entriesOf(model).length > 0),
    stale: changed.filter((model) => entriesOf(model).some(({ litellm_params }) => litellm_params.temperature !== 1)),
  }
}
