import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import type { Dependent } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'

/** The name of a task within a sentence. */
export function taskName({ t }: Language, task: Task): string {
  switch (task) {
    case 'categorization':
      return t('categorization')
    case 'scoring':
      return t('scoring')
    default:
      return assertNever(task)
  }
}

/** The name of a task where it stands alone. */
export function taskTitle(language: Language, task: Task): string {
  switch (task) {
    case 'categorization':
      return language.t('Categorization')
    case 'scoring':
      return language.t('Scoring')
    default:
      return assertNever(task)
  }
}

/** What still uses the thing that is about to be removed. */
export function describeDependent(language: Language, { what, id }: Dependent): string {
  const task = tasks.find((candidate) => candidate === id)
  const title = task ? taskTitle(language, task) : id
  switch (what) {
    case 'route':
      return language.t('the route of {0}', title)
    case 'fallback':
      return language.t('the fallback of {0}', title)
    case 'run':
      return language.t('the unfinished run {0}', id)
    case 'default':
      return language.t('the default ({0})', id)
    case 'model':
      return language.t('the registered model {0}', id)
    case 'category':
      return language.t('the category {0}', id)
    case 'knowledge_base':
      return language.t('the knowledge base {0}', id)
    case 'gateway':
      return language.t('the gateway {0}', id)
    case 'alias':
      return language.t('the alias {0}', id)
    case 'thread':
      return language.t('the conversation {0}', id)
    default:
      return assertNever(what)
  }
}
