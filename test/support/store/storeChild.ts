/*
 * A process that writes to a store: `storeChild.ts DATA_DIR LABEL COUNT [BEHAVIOUR]`. Prints one line for each event:
 * `ready GENERATION`, `saved ID` once a row is acknowledged, `refused MESSAGE`, `stopping` before it stops itself, `done`.
 */
import { writeSync } from 'node:fs'
import path from 'node:path'
import { openStore } from '../../../server/store/openStore.ts'
import { diskFiles, type StoreFiles } from '../../../server/store/storeFiles.ts'
import { mark, realClock } from './storeFolder.ts'

const [dataDir = '', label = '', count = '0', behaviour = 'plain', migrationsDir = ''] = process.argv.slice(2)

/** Written at once: what was printed counts as acknowledged, even if the process is killed the moment after. */
function print(line: string): void {
  writeSync(1, `${line}\n`)
}

/** Sleeps within its first commit, as in a laptop that is shut, until it gets SIGCONT. */
function sleepy(when: 'before' | 'after'): StoreFiles {
  let isAwake = true
  const sleepOnce = () => {
    if (!isAwake) return
    isAwake = false
    print('stopping')
    process.kill(process.pid, 'SIGSTOP')
  }
  return {
    ...diskFiles,
    link(from, to) {
      if (when === 'before') sleepOnce()
      diskFiles.link(from, to)
      if (when === 'after') sleepOnce()
    },
  }
}

function withoutLinks(): StoreFiles {
  return {
    ...diskFiles,
    link() {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    },
  }
}

const behaviours: Record<string, () => StoreFiles> = {
  plain: () => diskFiles,
  'without links': withoutLinks,
  'sleeps before linking': () => sleepy('before'),
  'sleeps after linking': () => sleepy('after'),
}

const opened = await openStore({
  dataDir,
  migrationsDir: migrationsDir || path.resolve(import.meta.dirname, '../../../migrations'),
  clock: realClock,
  random: Math.random,
  files: behaviours[behaviour]?.() ?? diskFiles,
})
if (opened.ok) {
  print(`ready ${opened.value.generation} ${opened.value.damage.join(' ')}`)
  for (let number = 0; number < Number(count); number++) {
    const outcome = await opened.value.change(mark(`${label}-${number}`))
    print(outcome.ok ? `saved ${outcome.value}` : `refused ${outcome.reason.message}`)
  }
  await opened.value.close()
  print('done')
} else {
  print(`refused ${opened.reason.message}`)
}
