import { expect, test, vi } from 'vitest'
import { chooseSource } from '../../../client/runs/chooseSource.ts'

const editor = vi.hoisted(() => {
  class TabWithFile {
    readonly uri: unknown
    constructor(uri: unknown) {
      this.uri = uri
    }
  }
  return {
    TabInputText: TabWithFile,
    TabInputNotebook: class extends TabWithFile {},
    TabInputCustom: class extends TabWithFile {},
    l10n: { t: (text: string) => text },
    workspace: { textDocuments: [] },
    window: {
      // What the editor says of a file that is too large for extensions: its tab is there, its text is not.
      activeTextEditor: undefined,
      tabGroups: { activeTabGroup: { activeTab: undefined as { input: unknown } | undefined } },
      showInformationMessage: vi.fn(),
      showErrorMessage: vi.fn(),
      showOpenDialog: vi.fn(),
    },
  }
})
vi.mock('vscode', () => editor)

/** Nothing of the server is needed where whole files are chosen. */
const api = { request: () => Promise.reject(new Error('nobody asks')) }
const tab = editor.window.tabGroups.activeTabGroup
const uriOf = (path: string, scheme = 'file') => ({ scheme, path, fsPath: path, toString: () => `${scheme}://${path}` })

test.each([
  ['a file that is too large for the text editor', editor.TabInputText],
  ['a notebook', editor.TabInputNotebook],
  ['a file in an editor of another extension', editor.TabInputCustom],
])('%s is chosen when its tab is in front', async (_, Input) => {
  tab.activeTab = { input: new Input(uriOf('/folder/large.jsonl')) }
  expect(await chooseSource(undefined, [], api)).toMatchObject({
    source: { kind: 'paths', paths: ['/folder/large.jsonl'] },
    textOnly: false,
  })
  expect(editor.window.showInformationMessage).not.toHaveBeenCalled()
})

test('where no file is in front, files are asked for', async () => {
  for (const activeTab of [undefined, { input: undefined }, { input: { viewType: 'a page' } }]) {
    tab.activeTab = activeTab
    editor.window.showOpenDialog.mockResolvedValueOnce(undefined)
    expect(await chooseSource(undefined, [], api)).toBeNull()
    editor.window.showOpenDialog.mockResolvedValueOnce([uriOf('/folder/a.csv'), uriOf('/folder/b.csv')])
    expect(await chooseSource(undefined, [], api)).toMatchObject({
      source: { kind: 'paths', paths: ['/folder/a.csv', '/folder/b.csv'] },
    })
  }
})
