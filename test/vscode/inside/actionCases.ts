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
})
