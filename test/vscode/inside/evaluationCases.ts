import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { commands, type TextDocument, window } from 'vscode'
import { cases, until } from '../../support/vscode/runner.ts'
import { lastMessage, perform, workspaceFolder, writeFile } from './world.ts'

const golden = '.llm-providers/golden.jsonl'
const labels = [
  { text: 'The new processor makes computers and software faster.', categories: ['Technology'], interest: 9 },
  { text: 'The hospital has a vaccine against the disease.', categories: ['Health'], interest: 4 },
]

function pageInFront(): Promise<TextDocument> {
  return until('the comparison in front', () => {
    const document = window.activeTextEditor?.document
    return document?.uri.scheme === 'llm-providers-evaluation' ? document : undefined
  })
}

export const evaluationCases = cases({
  'without corrections it says how they are made': async () => {
    rmSync(path.join(workspaceFolder(), golden), { force: true })
    const told = await perform('llmProviders.evaluateRoutes', [])
    assert.match(lastMessage(told).text, /Nothing is corrected in this workspace yet\. .*golden\.jsonl/)
    assert.deepEqual(told.lists, [])
  },

  'models are compared on corrections, and the figures come as a page': async () => {
    writeFile(golden, labels.map((label, place) => JSON.stringify({ id: `${place}`, ...label })).join('\n'))
    const told = await perform('llmProviders.evaluateRoutes', [], (person) => person.answer('the baseline'))
    assert.ok(
      told.lists[0]?.some((label) => label.includes('The routes as they are')),
      told.lists.join(),
    )
    // What costs nothing is not asked about.
    assert.deepEqual(told.messages, [])
    const text = (await pageInFront()).getText()
    assert.match(text, /^LLM Providers: models compared on your corrections\n/)
    assert.match(text, /2 of 2 labels in .*golden\.jsonl/)
    assert.match(text, /accuracy +micro F1 +macro F1 +overlap +kappa\n.*\n {2}builtin\/\S+ +[01]\.\d\d /)
    assert.match(text, /First category right: \d of 2\./)
    await commands.executeCommand('workbench.action.closeAllEditors')
    rmSync(path.join(workspaceFolder(), golden))
  },

  'leaving the list of models starts nothing': async () => {
    writeFile(golden, JSON.stringify({ id: '1', ...labels[0] }))
    const told = await perform('llmProviders.evaluateRoutes', [], (person) => person.answer(null))
    assert.deepEqual(told.messages, [])
    rmSync(path.join(workspaceFolder(), golden))
  },
})
