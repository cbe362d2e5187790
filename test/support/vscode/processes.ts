import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

interface RunningProcess {
  pid: number
  parent: number
  command: string
}

/** The background servers of the extension that run below a process of ours: one for each window of that editor. */
export function serversBelow(ancestor: number): number[] {
  return processesBelow(ancestor, (command) => /[\\/]dist[\\/]server\.js\b/.test(command))
}

/** The extension hosts below a process of ours: one for each window of that editor. */
export function extensionHostsBelow(ancestor: number): number[] {
  return processesBelow(ancestor, (command) => command.includes('--type=extensionHost'))
}

function processesBelow(ancestor: number, isWanted: (command: string) => boolean): number[] {
  const all = listProcesses()
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]))
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === ancestor || isBelow(parent))
  }
  return all.filter(({ pid, command }) => isWanted(command) && isBelow(pid)).map(({ pid }) => pid)
}

function listProcesses(): RunningProcess[] {
  // Small Linux machines have no `ps`.
  return existsSync('/proc/self/stat') ? readdirSync('/proc').flatMap(readProcess) : askPs()
}

function readProcess(name: string): RunningProcess[] {
  if (!/^\d+$/.test(name)) return []
  try {
    // The name of the program stands in parentheses and may hold anything; state and parent follow it.
    const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return [{ pid: Number(name), parent: Number(parent), command }]
  } catch {
    // It has ended meanwhile.
    return []
  }
}

function askPs(): RunningProcess[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n')
  return lines.map((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return { pid: Number(pid), parent: Number(parent), command }
  })
}
