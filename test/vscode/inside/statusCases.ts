import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { commands, type MarkdownString, type ThemeColor, window } from 'vscode'
import type { Snapshot } from '../../../client/connection/snapshot.ts'
import { describeStatus } from '../../../client/views/describeStatus.ts'
import { drawTooltip } from '../../../client/views/statusTooltip.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { TaskReadiness, Warning } from '../../../protocol/routing.ts'
import type { RunView } from '../../../protocol/runs.ts'
import { fail } from '../../../shared/fail.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { scriptWindow } from '../../support/vscode/scriptedWindow.ts'
import { connected, openApp, perform, workspaceFolder, writeFile } from './world.ts'

const now = Date.parse('2026-11-21T12:00:00.000Z')
const running = { kind: 'running' } as Parameters<typeof describeStatus>[0]['server']

function taskState(task: TaskReadiness['task'], change: Partial<TaskReadiness> = {}): TaskReadiness {
  const route = {
    task,
    provider: 'work',
    kind: 'openai',
    model: 'gpt-5',
    endpoint: 'https://api.example',
    options: {},
    rule: 'route' as const,
  }
  const checked = { checkedAt: '2026-11-21T11:58:00.000Z', latencyMs: 12 }
  return { task, ready: true, reason: null, warnings: [], route, ...checked, ...change }
}

function snapshotWith(categorization: Partial<TaskReadiness>, more: Partial<Snapshot> = {}): Snapshot {
  return {
    kinds: [],
    providers: [],
    models: [],
    routes: [],
    readiness: {
      categorization: taskState('categorization', categorization),
      scoring: taskState('scoring'),
    },
    runs: [],
    usage: { today: null, month: null, providers: [] },
    ...more,
  }
}

const blocked = (reason: Reason) => ({ ready: false, route: null, reason })
const warned = (code: Warning['code']) => ({ warnings: [{ code, message: 'A sentence.' }] })

function runAt(done: number, total: number | null, change: Partial<RunView> = {}): RunView {
  return {
    runId: '01jd0000-abcd',
    state: 'running',
    tasks: ['categorization'],
    source: 'issues.jsonl',
    counts: { total, ok: done, failed: 0, skipped: 0, waiting: (total ?? done) - done },
    reason: null,
    routes: [],
    resultsPath: null,
    profile: null,
    spent: { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 },
    revision: null,
    startedAt: '2026-11-21T11:59:00.000Z',
    finishedAt: null,
    parkedUntil: null,
    ...change,
  } as RunView
}

const told = (snapshot: Snapshot, runs: RunView[] = [], isUsed = true) =>
  describeStatus({ server: running, snapshot, runs, isUsed, now })

export const statusCases = cases({
  'the bar tells each state in words and icon, and colours it only where somebody should act and works with it': () => {
    const missing = fail({ code: 'secret_missing', provider: 'work', source: 'secret_store' }).reason
    const unset = fail({ code: 'no_route', task: 'categorization' }).reason
    const fallback = { route: { ...(taskState('categorization').route as object), rule: 'fallback' } } as never
    const table: [Partial<TaskReadiness>, string, boolean][] = [
      [{}, '$(check) LLM: ready', false],
      [blocked(missing), '$(error) LLM: key missing', true],
      [blocked(unset), '$(error) LLM: not set up', true],
      [warned('deprecation_announced'), '$(warning) LLM: deprecated', true],
      [warned('stale_models'), '$(warning) LLM: old model list', false],
      [warned('model_unlisted'), '$(warning) LLM: model not listed', false],
      [fallback, '$(arrow-swap) LLM: through fallback', true],
      [warned('asked_to_wait'), '$(warning) LLM: asked to wait', true],
      [warned('leaves_machine'), '$(check) LLM: ready', false],
      [warned('never_checked'), '$(check) LLM: ready', false],
    ]
    for (const [state, text, isWarning] of table) {
      const look = told(snapshotWith(state))
      assert.deepEqual([look.text, look.isWarning], [text, isWarning])
      assert.equal(told(snapshotWith(state), [], false).isWarning, false, text)
    }
  },

  'an announced end is told with its date and what replaces the model, and the replacement is one click away': () => {
    const lifecycle = {
      deprecatedAt: null,
      shutdownAt: '2026-12-01T00:00:00.000Z',
      replacement: 'gpt-6',
      source: 'live' as const,
    }
    const models = { state: 'fresh', listedAt: null, models: [{ model: 'gpt-5', lifecycle }] }
    const snapshot = snapshotWith(warned('deprecation_announced'), {
      providers: [{ provider: 'work', models }] as unknown as Snapshot['providers'],
    })
    const { text, spoken, lines } = told(snapshot)
    assert.match(text, /^\$\(warning\) LLM: ends 2026-12-01 → gpt-6$/)
    assert.match(spoken, /^Categorization: ready through work, gpt-5, ends on 2026-12-01, use gpt-6\./)
    const link = { label: 'Use gpt-6', command: 'llmProviders.useReplacement', argument: 'categorization' }
    assert.deepEqual(lines[0]?.link, link)
  },

  'a model that was shut down is told, and its replacement too': () => {
    const gone = { code: 'model_deprecated', provider: 'work', model: 'gpt-4', replacement: 'gpt-6' } as const
    const { reason } = fail({ ...gone, shutdownAt: '2026-11-01T00:00:00.000Z' })
    const { text, lines } = told(snapshotWith(blocked(reason)))
    assert.match(text, /^\$\(error\) LLM: model shut down$/)
    assert.equal(lines[0]?.link?.label, 'Use gpt-6')
  },

  'runs of this window are told in percent, together': () => {
    const snapshot = snapshotWith({})
    assert.equal(told(snapshot, [runAt(45, 100)]).text, '$(sync~spin) LLM: 45 %')
    assert.match(told(snapshot, [runAt(90, 100), runAt(0, 100)]).text, /LLM: 45 %/)
    assert.equal(told(snapshot, [runAt(3, null)]).text, '$(sync~spin) LLM: running')
    const parked = runAt(1, 4, { parkedUntil: '2026-11-21T12:05:00.000Z' })
    assert.equal(told(snapshot, [parked]).text, '$(watch) LLM: waiting 25 %')
    assert.match(told(snapshot, [runAt(45, 100)]).spoken, /^1 run running 45 %\. Categorization: ready/)
  },

  'a tooltip says age and reason of both tasks, and links to nothing but what helps': () => {
    const missing = fail({ code: 'secret_missing', provider: 'work', source: 'secret_store' }).reason
    const { lines } = told(snapshotWith({ ...blocked(missing), checkedAt: null }), [runAt(1, 2)])
    assert.deepEqual(
      lines.slice(0, 3).map(({ label, link }) => [label, link?.label, link?.command, link?.argument]),
      [
        ['Categorization', 'Set the key', 'llmProviders.fixRoute', 'categorization'],
        ['Scoring', 'Explain the route', 'llmProviders.explainRoute', 'scoring'],
        ['issues.jsonl', 'Cancel', 'llmProviders.cancelRun', '01jd0000-abcd'],
      ],
    )
    assert.match(lines[1]?.text ?? '', /Checked 2 min ago\./)
  },

  'what a provider says cannot become a link': () => {
    const hostile = 'x](command:workbench.action.quit) [click](command:llmProviders.restartServer) <b>'
    const link = { label: 'Use a](command:evil)', command: 'llmProviders.useReplacement' as const, argument: 'scoring' }
    const { value, isTrusted } = drawTooltip('t', [{ label: hostile, text: hostile, link }])
    const links = [...value.matchAll(/(?<!\\)\]\((command:[^)]*)\)/g)].map(([, address]) => address)
    assert.deepEqual(links, [`command:llmProviders.useReplacement?${encodeURIComponent('["scoring"]')}`])
    assert.deepEqual(isTrusted, { enabledCommands: ['llmProviders.useReplacement'] })
    assert.doesNotMatch(value, /<b>/)
  },

  'the bar trusts only commands of ours': async () => {
    await connected()
    const { status } = await openApp()
    const { isTrusted } = status.item.tooltip as MarkdownString
    assert.ok(typeof isTrusted === 'object' && isTrusted.enabledCommands.length > 0)
    const { commandIds } = await openApp()
    for (const id of isTrusted.enabledCommands) assert.ok(commandIds.includes(id), id)
  },

  'a hundred events that tell the same change nothing on the bar': async () => {
    await connected()
    const app = await openApp()
    const snapshot = await until('a snapshot', () => app.snapshots.current)
    app.watch.heard(runAt(45, 100))
    const before = app.status.changes
    for (let count = 0; count < 100; count += 1) {
      app.snapshots.replaceReadiness(structuredClone(snapshot.readiness))
      app.watch.heard(runAt(45, 100, { startedAt: new Date(now - count).toISOString() }))
    }
    assert.equal(app.status.changes, before)
    app.watch.heard(runAt(46, 100))
    assert.equal(app.status.changes, before + 1)
    assert.match(app.status.item.text, /LLM: 46 %/)
    app.watch.heard(runAt(100, 100, { state: 'completed' }))
    assert.doesNotMatch(app.status.item.text, /%/)
    app.watch.forget('01jd0000-abcd')
  },

  'a bar that is well has no colour': async () => {
    const { status } = await openApp()
    await until('both to be ready', () => status.item.text === '$(check) LLM: ready')
    assert.equal(status.item.backgroundColor as ThemeColor | undefined, undefined)
  },

  'rules of the folder are told once for what they say, hold a run, and stand on the bar': async () => {
    const api = await connected()
    const app = await openApp()
    const file = path.join(workspaceFolder(), '.llm-providers', 'policy.yaml')
    const items = writeFile('ruled/items.jsonl', '{"id":"1","text":"A text"}\n')
    const person = scriptWindow()
    const told = () => person.messages.filter(({ text }) => text.includes('rules for models'))
    const rulesRead = () => app.snapshots.current?.readiness.policies?.[0]?.rules ?? undefined
    try {
      writeFile('.llm-providers/policy.yaml', 'providers: [elsewhere]\n')
      await until('the rules to be told', () => told()[0])
      assert.match(told()[0]?.text ?? '', /Providers allowed: elsewhere/)
      assert.deepEqual(told()[0]?.buttons, ['Keep following', 'Show the rules'])
      await until('the bar to say that nothing can run', () => /not allowed/.test(app.status.item.text))
      assert.match((app.status.item.tooltip as MarkdownString).value, /command:llmProviders.showRules/)
      const started = await api.request('run/start', {
        tasks: ['categorization'],
        source: { kind: 'paths', paths: [items.fsPath] },
        output: { path: null, format: 'jsonl', none: true },
        workspaceFolder: workspaceFolder(),
      })
      assert.ok(!started.ok && started.reason.code === 'policy_denied', JSON.stringify(started))
      await perform('llmProviders.showRules', [])
      assert.equal(window.activeTextEditor?.document.uri.fsPath, file)

      writeFile('.llm-providers/policy.yaml', 'local_only: ["ruled/**"]\n')
      await until('what they say now to be told', () => told()[1])
      await until('the bar to be well again', () => app.status.item.text === '$(check) LLM: ready')
      writeFile('.llm-providers/policy.yaml', 'providers: [elsewhere]\n')
      await until('the first ones to count again', () => rulesRead()?.providers)
      assert.equal(told().length, 2)
    } finally {
      rmSync(file)
      person.restore()
      await commands.executeCommand('workbench.action.closeAllEditors')
    }
    await until('nothing to be left of them', () => app.status.item.text === '$(check) LLM: ready')
  },
})
