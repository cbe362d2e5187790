import { expect, test, vi } from 'vitest'
import type { SettingValues } from '../../../client/connection/settings.ts'
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
    workspace: {
      textDocuments: [] as object[],
      notebookDocuments: [],
      asRelativePath: (uri: { path: string }) => uri.path,
    },
    window: {
      // What the editor says of a file that is too large for extensions: its tab is there, its text is not.
      activeTextEditor: undefined,
      tabGroups: { activeTabGroup: { activeTab: undefined as { input: unknown } | undefined } },
      showInformationMessage: vi.fn(),
      showWarningMessage: vi.fn(),
      showErrorMessage: vi.fn(),
      showOpenDialog: vi.fn(),
    },
  }
})
vi.mock('vscode', () => editor)

/** Nothing of the server is needed where whole files are chosen. */
const api = { request: () => Promise.reject(new Error('nobody asks')) }
const settings = { read: () => ({ unsavedChanges: 'ask' }) as SettingValues }
const tab = editor.window.tabGroups.activeTabGroup
const uriOf = (path: string, scheme = 'file') => ({ scheme, path, fsPath: path, toString: () => `${scheme}://${path}` })

test.each([
  ['a file that is too large for the text editor', editor.TabInputText],
  ['a notebook', editor.TabInputNotebook],
  ['a file in an editor of another extension', editor.TabInputCustom],
])('%s is chosen when its tab is in front', async (_, Input) => {
  tab.activeTab = { input: new Input(uriOf('/folder/large.jsonl')) }
  expect(await chooseSource(undefined, [], { api, settings })).toMatchObject({
    source: { kind: 'paths', paths: ['/folder/large.jsonl'] },
    textOnly: false,
  })
  expect(editor.window.showInformationMessage).not.toHaveBeenCalled()
})

test('where no file is in front, files are asked for', async () => {
  for (const activeTab of [undefined, { input: undefined }, { input: { viewType: 'a page' } }]) {
    tab.activeTab = activeTab
    editor.window.showOpenDialog.mockResolvedValueOnce(undefined)
    expect(await chooseSource(undefined, [], { api, settings })).toBeNull()
    editor.window.showOpenDialog.mockResolvedValueOnce([uriOf('/folder/a.csv'), uriOf('/folder/b.csv')])
    expect(await chooseSource(undefined, [], { api, settings })).toMatchObject({
      source: { kind: 'paths', paths: ['/folder/a.csv', '/folder/b.csv'] },
    })
  }
})

const unsaved = { uri: uriOf('/folder/rows.jsonl'), isDirty: true, isUntitled: false, save: vi.fn(async () => true) }

test.each([
  ['ask', 'Save and start', 1, true],
  ['ask', 'Start with what is saved', 0, true],
  ['ask', undefined, 0, false],
  ['save', undefined, 1, true],
] as const)(
  'with unsaved changes, the setting "%s" and the answer %s',
  async (unsavedChanges, answer, saves, starts) => {
    editor.workspace.textDocuments = [unsaved]
    editor.window.showWarningMessage.mockReset().mockResolvedValue(answer)
    unsaved.save.mockClear()
    const wish = { read: () => ({ unsavedChanges }) as SettingValues }
    for (const selected of ['/folder/rows.jsonl', '/folder']) {
      const chosen = await chooseSource(undefined, [uriOf(selected) as never], { api, settings: wish })
      expect(chosen !== null).toBe(starts)
    }
    expect(unsaved.save).toHaveBeenCalledTimes(saves * 2)
    // A message that could go away while the run waits for it would be no question.
    for (const [, options] of editor.window.showWarningMessage.mock.calls)
      expect(options).toMatchObject({ modal: true })
    expect(editor.window.showWarningMessage).toHaveBeenCalledTimes(unsavedChanges === 'ask' ? 2 : 0)
  },
)
