import { useEffect, useState } from 'preact/hooks'
import type { Result } from '../../protocol/contract.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import { canDoTasks, knownModels } from '../parts/knownModels.ts'
import { useThreads, useVersion } from './threadsContext.ts'

export interface Writer {
  provider: string
  model: string
}

/** Models that can answer a question, provider by provider. Null: not read yet. */
export function useWriters(): readonly Writer[] | null {
  const { host, now } = useThreads()
  const version = useVersion('providers', 'models')
  const [writers, setWriters] = useState<readonly Writer[] | null>(null)
  useEffect(() => {
    let isCurrent = true
    void Promise.all([host.request('provider/list', {}), readModels()]).then(([providers, registered]) => {
      if (!isCurrent || !providers.ok) return
      // The built-in matching compares words; it has none of its own.
      const usable = providers.value.filter(({ enabled, kind }) => enabled && kind !== 'builtin')
      const known = knownModels(usable, registered).filter((each) => canDoTasks(each, now))
      setWriters(known.map(({ provider, model }) => ({ provider, model })))
    })
    return () => {
      isCurrent = false
    }

    async function readModels(): Promise<readonly RegisteredModel[]> {
      const models: RegisteredModel[] = []
      for (let cursor: string | null = null; ; ) {
        const page: Result<'model/list'> = await host.request('model/list', { cursor })
        if (!page.ok) return models
        models.push(...page.value.rows)
        cursor = page.value.next
        if (cursor === null) return models
      }
    }
  }, [host, version])
  return writers
}
