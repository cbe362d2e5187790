import { useEffect } from 'preact/hooks'
import { type Task, tasks } from '../../../protocol/names.ts'
import type { PageProps } from '../../pages.ts'

/** A command that wants to see a task leads to it. */
export function useWishedTask(wish: PageProps['wish'], lead: (task: Task) => void): void {
  useEffect(() => {
    const task = tasks.find((candidate) => candidate === wish?.target)
    if (task) lead(task)
  }, [wish])
}
