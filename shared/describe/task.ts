import { assertNever, type Task, tasks } from '../../protocol/names.ts'
import type { Dependent } from '../../protocol/reasons.ts'
import type { TraceStep } from '../../protocol/routing.ts'
import type { Language } from '../language.ts'

// Words that the editor and its pages share, in the language of whoever reads.

/** How a task is called where it stands alone. */
export function taskIn(language: Language, task: Task): string {
  switch (task) {
    case 'categorization':
      return language.t('Categorization')
    case 'scoring':
      return language.t('Scoring')
    default:
      return assertNever(task)
  }
}

/** What uses the thing that is about to go. */
export function dependentIn(language: Language, { what, id }: Dependent): string {
  const task = tasks.find((candidate) => candidate === id)
  const title = task ? taskIn(language, task) : id
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
    default:
      return assertNever(what)
  }
}

/** What a step of a resolution finds out, as what has to be so. */
export function stepIn(language: Language, step: TraceStep['step']): string {
  switch (step) {
    case 'route':
      return language.t('route chosen')
    case 'provider':
      return language.t('provider set up')
    case 'enabled':
      return language.t('switched on')
    case 'kind':
      return language.t('kind known')
    case 'config':
      return language.t('settings valid')
    case 'model':
      return language.t('model chosen')
    case 'key':
      return language.t('key present')
    case 'policy':
      return language.t('policy allows it')
    case 'health':
      return language.t('last check good')
    case 'model_alive':
      return language.t('model there and alive')
    default:
      return assertNever(step)
  }
}
