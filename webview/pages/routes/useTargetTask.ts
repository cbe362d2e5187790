import { useEffect } from 'preact/hooks'
import { type Task, tasks } from '../../../protocol/names.ts'
import type { PageProps } from '../../state/pageContext.ts'

/** A command that wants to see a task leads to it. */
export function useTargetTask(target: PageProps['target'], lead: (task: Task) => void): void {
  useEffect(() => {
    const task = tasks.find((candidate) => candidate === target?.name)
    if (task) lead(task)
  }, [target])
}
