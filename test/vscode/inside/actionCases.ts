import { strict as assert } from 'node:assert'
import { commands, Uri } from 'vscode'
import { createRunAction } from '../../../client/commands/runAction.ts'
import { explainReason } from '../../../shared/describe/reason.ts'
import { cases } from '../../support/vscode/runner.ts'
import { openApp, workspaceFolder } from './world.ts'

/** What the buttons under failures do. */
export const actionCases = cases({
  'a data folder that cannot be written is shown in the file manager': async () => {
    const app = await openApp()
    const revealed: string[] = []
    // An editor in a browser has no file manager: this one stands in for it.
    const fileManager = commands.registerCommand('revealFileInOS', (folder: Uri) => void revealed.push(folder.fsPath))
    try {
      const act = createRunAction(app.snapshots, () => Uri.file(workspaceFolder()))
      await act(explainReason({ code: 'store_read_only', cause: 'read_only_disk', why: 'EROFS' }))
      await act(explainReason({ code: 'store_failed', cause: 'disk_full', detail: 'ENOSPC' }))
    } finally {
      fileManager.dispose()
    }
    assert.deepEqual(revealed, [workspaceFolder(), workspaceFolder()])
  },

  'what a reason speaks of is shown where it stands': async () => {
    const app = await openApp()
    const act = createRunAction(app.snapshots, () => Uri.file(workspaceFolder()))
    const at = async (...[facts]: Parameters<typeof explainReason>) => {
      await act(explainReason(facts))
      return app.settingsPanel.place
    }
    const model = { provider: 'p', model: 'm' }
    assert.deepEqual(await at({ code: 'kb_unbuilt', name: 'docs' }), { page: 'knowledge', target: 'docs/build' })
    assert.deepEqual(await at({ code: 'vectors_changed', name: 'docs', ...model, found: 2, expected: 3 }), {
      ...{ page: 'knowledge', target: 'docs/anew' },
    })
    assert.deepEqual(await at({ code: 'kb_busy', name: 'docs' }), { page: 'knowledge', target: 'docs' })
    assert.deepEqual(await at({ code: 'no_default_model', type: 'generation' }), { page: 'models', target: null })
    assert.deepEqual(await at({ code: 'not_found', what: 'category', id: 'x' }), { page: 'categories', target: null })
  },
})
