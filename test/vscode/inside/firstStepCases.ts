import { strict as assert } from 'node:assert'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ConfigurationTarget, commands, extensions, Uri, window, workspace } from 'vscode'
import { settingNames } from '../../../client/connection/settings.ts'
import { registerUriHandler } from '../../../client/panel/uriHandler.ts'
import { contextKeys } from '../../../client/views/contextKeys.ts'
import { cases, until } from '../../support/vscode/runner.ts'
import { scriptWindow } from '../../support/vscode/scriptedWindow.ts'
import { connected, extensionId, lastMessage, open, openApp, perform, shownResults, writeFile } from './world.ts'

interface Media {
  image: string
  altText: string
}

interface Manifest {
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } }
  contributes: {
    commands: { command: string }[]
    configuration: { properties: Record<string, { scope?: string; markdownDescription: string; default: unknown }> }
    menus: Record<string, { command?: string; when?: string }[]>
    views: Record<string, { id: string }[]>
    viewsWelcome: { view: string; contents: string; when: string }[]
    walkthroughs: { steps: { description: string; completionEvents: string[]; media: Media }[] }[]
  }
}

function extension() {
  const found = extensions.getExtension(extensionId)
  assert.ok(found)
  return { manifest: found.packageJSON as Manifest, folder: found.extensionPath }
}

const commandIds = () => extension().manifest.contributes.commands.map(({ command }) => command)

async function clickLink(address: string): Promise<{ opened: (string | null)[]; told: string[] }> {
  const opened: (string | null)[] = []
  const original = window.registerUriHandler
  let handle: ((uri: Uri) => unknown) | undefined
  Object.assign(window, {
    registerUriHandler: (handler: { handleUri(uri: Uri): unknown }) => {
      handle = (uri) => handler.handleUri(uri)
      return { dispose: () => {} }
    },
  })
  const person = scriptWindow()
  try {
    registerUriHandler((kind) => void opened.push(kind))
    await handle?.(Uri.parse(address))
  } finally {
    person.restore()
    Object.assign(window, { registerUriHandler: original })
  }
  return { opened, told: person.messages.map(({ text }) => text) }
}

export const firstStepCases = cases({
  'every setting is declared with its scope, read, and not the business of an untrusted workspace': () => {
    const { contributes, capabilities } = extension().manifest
    const { properties } = contributes.configuration
    const names = settingNames.map((name) => `llmProviders.${name}`)
    assert.deepEqual(Object.keys(properties).sort(), [...names].sort())
    assert.deepEqual([...capabilities.untrustedWorkspaces.restrictedConfigurations].sort(), [...names].sort())
    for (const [name, { scope, markdownDescription }] of Object.entries(properties)) {
      assert.ok(scope, `${name} has no scope`)
      assert.doesNotMatch(markdownDescription, /^%/, `${name} has no description`)
    }
  },

  'conditions ask only about what the extension tells': () => {
    const { contributes } = extension().manifest
    const conditions = [
      ...Object.values(contributes.menus).flatMap((items) => items.map(({ when }) => when ?? '')),
      ...contributes.viewsWelcome.map(({ when }) => when),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.flatMap(({ completionEvents }) => completionEvents)),
    ].join('\n')
    const views = contributes.views.llmProviders?.map(({ id }) => id) ?? []
    const asked = new Set(conditions.match(/llmProviders\.[a-zA-Z]+/g))
    const known: string[] = [...contextKeys, ...views, ...commandIds()]
    assert.deepEqual(
      [...asked].filter((name) => !known.includes(name)),
      [],
    )
    assert.deepEqual(
      contextKeys.filter((key) => !asked.has(key)),
      [],
      'told, and asked by nobody',
    )
  },

  'every view explains itself while it is empty, starting or cut off, and its buttons exist': () => {
    const { viewsWelcome, views } = extension().manifest.contributes
    for (const { id } of views.llmProviders ?? []) {
      const own = viewsWelcome.filter(({ view }) => view === id)
      assert.ok(
        own.some(({ when }) => when.includes('server == failed')),
        `${id} says nothing without a server`,
      )
      assert.ok(
        own.some(({ when }) => when.includes('!llmProviders.known')),
        `${id} says nothing at the start`,
      )
      if (id !== 'llmProviders.routes')
        assert.ok(
          own.some(({ when }) => when.startsWith('llmProviders.known')),
          id,
        )
      for (const { contents } of own) {
        assert.doesNotMatch(contents, /^%/)
        for (const [, command] of contents.matchAll(/\(command:(llmProviders\.\w+)/g)) {
          assert.ok(commandIds().includes(command ?? ''), command)
        }
      }
    }
  },

  'the walkthrough has its pictures, each with a text in its place, and its buttons exist': async () => {
    const { manifest, folder } = extension()
    const known = await commands.getCommands(true)
    const [walkthrough] = manifest.contributes.walkthroughs
    assert.equal(walkthrough?.steps.length, 4)
    for (const { description, media, completionEvents } of walkthrough?.steps ?? []) {
      assert.ok(existsSync(path.join(folder, media.image)), media.image)
      assert.doesNotMatch(media.altText, /^%/)
      assert.ok(completionEvents.length > 0)
      for (const [, command] of description.matchAll(/\(command:([\w.]+)/g)) assert.ok(known.includes(command ?? ''))
    }
  },

  'a step whose picture the editor hides opens it in a tab': async () => {
    await perform('llmProviders.showPicture', ['model'])
    await until('the picture', () => window.tabGroups.activeTabGroup.activeTab?.label === 'model.webp')
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'the sample is opened, judged through the routes, and nothing is written beside it': async () => {
    await connected()
    const person = await perform('llmProviders.trySample', [])
    const shown = await shownResults()
    assert.equal(shown.run.state, 'completed')
    assert.ok(shown.run.counts.ok > 0)
    assert.match(lastMessage(person).text, /^Categorized and scored\./)
    const folder = path.join(extension().folder, 'samples')
    const opened = window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label))
    assert.ok(opened.includes('issues.jsonl'), opened.join(', '))
    const { snapshots } = await openApp()
    const run = await until('the run', () => snapshots.current?.runs.find(({ source }) => source === 'issues.jsonl'))
    assert.equal(run.resultsPath, null)
    assert.ok(existsSync(folder))
    await commands.executeCommand('workbench.action.closeAllEditors')
  },

  'links lead to the settings, and an old one to the providers of its kind': async () => {
    const link = (where: string) => clickLink(`vscode://${extensionId}${where}`)
    assert.deepEqual(await link('/settings/llm-providers'), { opened: [null], told: [] })
    assert.deepEqual(await link('/settings/ollama'), { opened: ['ollama'], told: [] })
    assert.deepEqual((await link('/settings/ollama?endpoint=http://attacker.example#x')).opened, ['ollama'])
  },

  'a link to anywhere else is told, and nothing of it is done': async () => {
    const { opened, told } = await clickLink(`vscode://${extensionId}/run?command=llmProviders.restartServer`)
    assert.deepEqual(opened, [])
    assert.deepEqual(told, ['LLM Providers has no page at "/run".'])
  },

  'settings count: limits go into the run, results stay closed, the bar goes away': async () => {
    const { settings, snapshots } = await openApp()
    const configuration = () => workspace.getConfiguration('llmProviders')
    const set = async (name: string, value: unknown) => {
      await configuration().update(name, value, ConfigurationTarget.Global)
    }
    try {
      await set('run.maxCostUsd', 'a lot')
      assert.equal(settings.read().maxCostUsd, undefined, 'what is no number is no limit')
      await set('run.maxCostUsd', 0.5)
      await set('run.batchSize', 3)
      await set('run.ask', 'text')
      await set('results.openWhenDone', false)
      assert.deepEqual(
        { ...settings.read(), healthChecks: true },
        {
          showStatusBar: true,
          healthChecks: true,
          dataFolder: '',
          openWhenDone: false,
          concurrency: undefined,
          batchSize: 3,
          separate: false,
          ask: 'text',
          priority: 'normal',
          reuseMegabytes: 0,
          unsavedChanges: 'ask',
          maxCostUsd: 0.5,
          mcpAllowRuns: false,
          inFileHints: true,
          inFileOffer: true,
          inFileDiagnostics: true,
        },
      )
      await set('run.maxCostUsd', undefined)
      await set('run.ask', undefined)
      await commands.executeCommand('workbench.action.closeAllEditors')
      await open(writeFile('quiet.md', 'A compiler makes software faster.'))
      const person = await perform('llmProviders.categorize', [])
      assert.deepEqual(lastMessage(person).buttons, ['Show results', 'Open results file'])
      assert.equal(window.activeTextEditor?.document.uri.scheme, 'file')
      await until('the run', () => snapshots.current?.runs.some(({ source }) => source.includes('quiet.md')))
    } finally {
      for (const name of settingNames) await set(name, undefined)
      await commands.executeCommand('workbench.action.closeAllEditors')
    }
  },
})
