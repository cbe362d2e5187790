import { useEffect, useMemo } from 'preact/hooks'
import { type Task, tasks } from '../../../protocol/names.ts'
import { stepsTarget } from '../../../protocol/page.ts'
import type { PageProps } from '../../pages.ts'

/** A command that wants to see a task leads to it. Answers whose steps are wanted; a new object each time, null: nobody's. */
export function useWishedTask(wish: PageProps['wish'], lead: (task: Task) => void): { task: Task } | null {
  useEffect(() => {
    const task = tasks.find((candidate) => candidate === wish?.target)
    if (task) lead(task)
  }, [wish])
  return useMemo(() => {
    const task = tasks.find((candidate) => `${candidate}${stepsTarget}` === wish?.target)
    return task ? { task } : null
  }, [wish])
}
