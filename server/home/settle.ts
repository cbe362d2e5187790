import type { Connection } from 'vscode-languageserver'
import type { InitializationOptions } from '../../protocol/contract.ts'
import type { EditorHome } from '../../protocol/home.ts'
import { systemClock } from '../files/clock.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { diskFiles as storeFiles } from '../store/storeFiles.ts'

/** The folder that this process works on. */
export interface Home {
  dataDir: string
  /** Null: no editor asked, or its own storage is the data folder. */
  editor: EditorHome | null
  /** Damaged generations of the editor's own storage, in words. */
  damage: string[]
}

/** Which folder is worked on: a store in the editor's own storage moves first. */
export async function settle(
  client: Pick<Connection, 'sendNotification'>,
  { dataDir, editor }: InitializationOptions,
  { now, random }: { now: () => number; random: () => number },
): Promise<Home> {
  const damage: string[] = []
  if (!editor) return { dataDir, editor: null, damage }
  const { settleHome } = await import('./moveHome.ts')
  const onProgress = everyHalfSecond((copied: number, total: number) => {
    void client.sendNotification('store/moving', { copied, total })
  })
  const home = await settleHome(
    {
      ...{ files: diskFiles, storeFiles, random, onProgress },
      clock: { ...systemClock, now },
      onDamage: (words) => void damage.push(words),
    },
    { dataFolder: dataDir, editorFolder: editor.folder, leaves: editor.leaves },
  )
  return { dataDir: home.dataFolder, editor: home.editor, damage }
}

const progressMs = 500

function everyHalfSecond<Values extends unknown[]>(work: (...values: Values) => void): (...values: Values) => void {
  let last = Number.NEGATIVE_INFINITY
  return (...values) => {
    if (performance.now() - last < progressMs) return
    last = performance.now()
    work(...values)
  }
}
