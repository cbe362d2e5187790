import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { commands, Uri } from 'vscode'
import { askCap, withoutItsRule } from '../../../client/runs/questions.ts'
import { saveResults } from '../../../client/runs/saveResults.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { RunView } from '../../../protocol/runs.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { type ScriptedWindow, scriptWindow } from '../../support/vscode/scriptedWindow.ts'
import { addProvider, connected, open, perform, workspaceFolder, writeFile } from './world.ts'

let fake: FakeModelServer
const tasks = ['categorization', 'scoring'] as const

function rows(count: number): string {
  return Array.from({ length: count }, (_, at) => JSON.stringify({ id: at, text: `Row ${at} of a long file.` })).join(
    '\n',
  )
}

async function route(provider: string, model: string): Promise<void> {
  for (const task of tasks) {
    await perform('llmProviders.setRoute', [task, provider], (person) => person.answer(model))
  }
}

async function asking<Value>(
  act: (person: ScriptedWindow) => void,
  ask: () => Promise<Value>,
): Promise<{ value: Value; person: ScriptedWindow }> {
  const person = scriptWindow()
  try {
    act(person)
    return { value: await ask(), person }
  } finally {
    person.restore()
  }
}

/** Of what a person is asked before a run begins, or goes on. */
export const askCases = cases({
  'a large run tells what it takes, and a sample how it would come out, before it starts': async () => {
    fake = await startFakeModelServer()
    const config = { base_url: `${fake.origin}/v1` }
    await addProvider({ provider: 'large', kind: 'openai-compatible', config })
    await route('large', 'fake-model')
    await open(writeFile('large.jsonl', rows(1100)))
    const before = fake.chats.length
    const left = await perform('llmProviders.categorize', [])
    assert.equal(fake.chats.length, before)
    const [question, ...others] = left.messages
    assert.deepEqual(others, [])
    assert.deepEqual(question?.buttons, ['Start', 'Try a sample of 10 first'])
    assert.match(
      question?.detail ?? '',
      /^Items: 1,100\nCalls: 220, about [\d,]+ tokens sent and [\d,]+ received\nCost: unknown/,
    )
    const sampled = await perform('llmProviders.categorize', [], (person) => person.press('Try a sample of 10 first'))
    const asked = fake.chats.length - before
    assert.ok(asked > 0 && asked <= 10, `${asked} calls for a sample`)
    assert.deepEqual(sampled.messages.at(-1)?.buttons, ['Start'])
    assert.match(sampled.messages.at(-1)?.detail ?? '', /Sample: 10 items\nCategories of the sample: .+ \d+ %/)
    const started = await perform('llmProviders.categorize', [], (person) => person.press('Start'))
    assert.match(started.messages.at(-1)?.text ?? '', /1,100 items: 1,100 ok/)
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'a run that a rule has stopped goes on without it': async () => {
    const api = await connected()
    const source = { kind: 'paths' as const, paths: [writeFile('ruled.jsonl', rows(60)).fsPath] }
    const stopWhen = { sameCategoryShare: 0.5, afterItems: 10 }
    const started = await api.request('run/start', {
      ...{ tasks: ['categorization'], source, stopWhen },
      // The same rows were judged by the case before.
      reuseMegabytes: 0,
    })
    assert.ok(started.ok)
    const { runId } = started.value
    await until('the rule to stop the run', async () => {
      const run = await api.request('run/get', { runId })
      return run.ok && run.value.state === 'stopped'
    })
    // Answered when it is at rest.
    await api.request('run/pause', { runId })
    const resumed = await perform('llmProviders.resumeRun', [runId], (person) =>
      person.answer('Continue without this rule'),
    )
    assert.deepEqual(resumed.lists, [['Continue with this rule', 'Continue without this rule']])
    const run = await api.request('run/get', { runId })
    assert.ok(run.ok)
    assert.equal(run.value.state, 'completed')
    assert.deepEqual(run.value.stopWhen, { sameCategoryShare: null, afterItems: 10 })
    await commands.executeCommand('workbench.action.closeAllEditors')
    await route('builtin', 'The default')
    await fake.close()
  },

  'only the rule that has stopped a run is switched off': async () => {
    const stopWhen = { maxSeconds: 60, invalidShare: 0.2 }
    const met = (rule: string) => ({
      ...stoppedRun({ code: 'stop_rule', rule, limit: 1, measured: 1, items: 9 }),
      stopWhen,
    })
    assert.deepEqual(withoutItsRule(met('invalid')), { maxSeconds: 60, invalidShare: null })
    assert.deepEqual(withoutItsRule(met('time')), { maxSeconds: undefined, invalidShare: 0.2 })
    assert.deepEqual(withoutItsRule(met('same_category')), { ...stopWhen, sameCategoryShare: null })
    assert.equal(withoutItsRule(stoppedRun({ code: 'quota_exceeded', provider: 'large' })), null)
  },

  'a higher cap is asked for where the old one stopped the run, and only a useful one is taken': async () => {
    const capped = (facts: object) =>
      stoppedRun({
        code: 'spend_cap',
        scope: 'run',
        provider: 'large',
        capUsd: 0.5,
        spentUsd: 0.45,
        neededUsd: 0.1,
        ...facts,
      })
    const first = await asking(
      (person) => person.answer('1.50'),
      () => askCap(capped({})),
    )
    assert.equal(first.value, 1.5)
    assert.equal(first.person.inputs[0]?.value, '1')
    assert.match(first.person.inputs[0]?.prompt ?? '', /\$0\.45 of \$0\.50 spent, and the next call may cost \$0\.10/)
    const validate = first.person.inputs[0]?.validateInput
    assert.match(String(validate?.('0.54')), /needs \$0\.55 in total/)
    assert.match(String(validate?.('much')), /is written as 0\.50/)
    assert.equal(validate?.('$ 0,55'), null)
    assert.equal(
      (
        await asking(
          (person) => person.answer(null),
          () => askCap(capped({})),
        )
      ).value,
      undefined,
    )
    for (const run of [
      capped({ scope: 'provider' }),
      capped({ neededUsd: null }),
      stoppedRun({ code: 'quota_exceeded', provider: 'large' }),
    ]) {
      assert.equal(
        (
          await asking(
            () => undefined,
            () => askCap(run),
          )
        ).value,
        null,
      )
    }
  },

  'results are kept in the form that the person chooses': async () => {
    const api = await connected()
    const runs = await api.request('run/list', { limit: 1 })
    const run = runs.ok ? runs.value.rows[0] : undefined
    assert.ok(run)
    const beginnings = {
      'JSON Lines': /^\{"runId"/,
      CSV: /^id,/,
      JSON: /^\[/,
      SARIF: /^\{[\s\S]*"runs"/,
      Markdown: /^<!-- LLM Providers results/,
    }
    for (const [form, beginning] of Object.entries(beginnings)) {
      const file = path.join(workspaceFolder(), `chosen-${form.replace(' ', '')}`)
      const { person } = await asking(
        (each) => {
          each.answer(form === 'JSON' ? 'one array' : form)
          each.saveTo(Uri.file(file))
        },
        () => saveResults(api, run, strictNotifier),
      )
      assert.match(person.messages.at(-1)?.text ?? '', /^60 results written to /)
      assert.match(readFileSync(file, 'utf8'), beginning)
    }
  },
})

/** No failure is expected. */
const strictNotifier = { showFailure: async (reason: Reason) => assert.fail(reason.message) }

function stoppedRun(facts: { code: string } & Record<string, unknown>): RunView {
  const reason = {
    ...facts,
    message: 'It was stopped.',
    action: { kind: 'resume', label: 'Resume' },
  } as unknown as Reason
  return { state: 'stopped', source: 'rows.jsonl', reason } as RunView
}
