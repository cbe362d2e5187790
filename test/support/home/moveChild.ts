/*
 * A process of an editor, a terminal, or an editor of before: `moveChild.ts ROLE DATA_FOLDER EDITOR_FOLDER LABEL COUNT MIGRATIONS [DIE_AT [mounted]]`.
 * mounted: the data folder counts as a disk of its own.
 * With DIE_AT it kills itself before that file operation. Prints `at FOLDER STATE` when it knows where it works, `saved ID` for each row that is acknowledged, and `done OPERATIONS`.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../../server/files/clock.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { settleHome } from '../../../server/home/moveHome.ts'
import { openStore } from '../../../server/store/openStore.ts'
import { diskFiles as storeFiles } from '../../../server/store/storeFiles.ts'
import { mark, realClock } from '../store/storeFolder.ts'

const [
  role = '',
  dataFolder = '',
  editorFolder = '',
  label = '',
  count = '0',
  migrationsDir = '',
  dieAt = '0',
  mounted = '',
] = process.argv.slice(2)

/** Written at once: what was printed counts as acknowledged, even if the process is killed the moment after. */
function print(line: string): void {
  writeSync(1, `${line}\n`)
}

let operations = 0

/** The same files, of which an operation may be the last one. */
function mortal<Files extends object>(files: Files): Files {
  return new Proxy(files, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (++operations === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
        return Reflect.apply(value, target, args)
      }
    },
  })
}

const [mortalFiles, mortalStoreFiles] = [mortal(diskFiles), mortal(storeFiles)]

async function findFolder(): Promise<string> {
  if (role !== 'editor') return role === 'terminal' ? dataFolder : editorFolder
  const parts = { files: mortalFiles, storeFiles: mortalStoreFiles, clock: systemClock, random: Math.random }
  const isMounted = mounted === '' ? undefined : () => true
  const home = await settleHome(
    { ...parts, isMounted, onDamage: (words) => print(`damage ${words}`), onProgress: () => undefined },
    { dataFolder, editorFolder, leaves: false },
  )
  print(`at ${home.editor?.state} ${home.editor?.detail ?? ''}`)
  return home.dataFolder
}

const dataDir = await findFolder()
const options = { dataDir, migrationsDir, clock: realClock, random: Math.random, files: mortalStoreFiles }
const opened = await openStore(options)
if (opened.ok) {
  if (opened.value.damage.length > 0) print(`damage ${opened.value.damage.join(' ')}`)
  for (let number = 0; number < Number(count); number++) {
    const outcome = await opened.value.change(mark(`${label}-${number}`))
    print(outcome.ok ? `saved ${outcome.value}` : `refused ${outcome.reason.message}`)
  }
  await opened.value.close()
  print(`done ${operations}`)
} else {
  print(`refused ${opened.reason.message}`)
}
