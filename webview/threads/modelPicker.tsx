import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { Result } from '../../protocol/contract.ts'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { Thread } from '../../protocol/threads.ts'
import { SuggestField } from '../form/suggestField.tsx'
import { canDoTasks, knownModels } from '../parts/knownModels.ts'
import { Dropdown } from '../toolkit.tsx'
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

/** More than that is found by typing, not by looking. */
const mostInList = 60

interface ModelPickerProps {
  thread: Thread
  writers: readonly Writer[] | null
  onChoose(writer: Writer): void
}

export const spellWriter = ({ provider, model }: Writer) => `${provider}/${model}`

/** Who answers the next question. One that cannot any more stands there until another one is chosen. */
export function ModelPicker({ thread, writers, onChoose }: ModelPickerProps) {
  const [typed, setTyped] = useState<string | null>(null)
  const { answersNext, provider, model } = thread
  const named = provider === null ? '' : model === null ? provider : `${provider}/${model}`
  const value = answersNext ? spellWriter(answersNext) : named
  const offered = (writers ?? []).map(spellWriter)
  const choose = (spelt: string) => {
    const writer = writers?.find((each) => spellWriter(each) === spelt)
    if (writer && spelt !== value) onChoose(writer)
  }
  const label = l10n.t('Model of the next question')
  if (offered.length > mostInList) {
    return (
      <SuggestField
        id="next-model"
        label={label}
        value={typed ?? value}
        suggestions={offered}
        onInput={(text) => {
          setTyped(offered.includes(text) ? null : text)
          choose(text)
        }}
      />
    )
  }
  const all = offered.includes(value) ? offered : [value, ...offered]
  return (
    <Dropdown
      id="next-model"
      label={label}
      value={value}
      options={all.map((spelt) => ({ value: spelt, label: labelOf(spelt, answersNext !== null) }))}
      onInput={choose}
    />
  )

  function labelOf(spelt: string, isThere: boolean): string {
    if (spelt === '') return l10n.t('choose a model')
    if (spelt === value && !isThere) return l10n.t('{0} (cannot answer)', spelt)
    return spelt === value && provider === null ? l10n.t('{0} (default)', spelt) : spelt
  }
}
