import type { Task } from '../../protocol/names.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Readiness } from '../../protocol/routing.ts'
import type { SetupModel } from '../../protocol/setupPage.ts'
import { canDoTasks, type KnownModel, knownModels, typeOf } from '../parts/knownModels.ts'
import { useAsked, useProviderVersion, useSetup } from './setupContext.ts'

export interface Models {
  /** Null: not read yet. */
  readiness: Readiness | null
  /** Those that can be used now. */
  ready: readonly SetupModel[]
  /** Those that tell how probable their answers are, as far as is known: they may decide in the place of another one. */
  deciding: readonly (SetupModel & { model: string })[]
  /** Somebody has connected a model of their own. */
  hasOwn: boolean
  /** Why the tasks cannot be done as the routes are, each reason once; none where another model was chosen, whose own is known later. */
  problemOf(model: SetupModel | null, tasks: readonly Task[]): readonly Reason[] | null
  /** Whether nobody is called, so that nothing is sent and nothing costs. */
  isFree(model: SetupModel | null, tasks: readonly Task[]): boolean
}

/** Which models there are for the tasks, and whether they are ready; read again whenever that changes. */
export function useModels(): Models {
  const { host, now } = useSetup()
  const version = useProviderVersion()
  const readiness = useAsked(`readiness ${version}`, (signal) => host.request('readiness/read', {}, signal)).answer
  const providers = useAsked(`providers ${version}`, (signal) => host.request('provider/list', {}, signal)).answer
  const registered = useAsked(`models ${version}`, (signal) => host.request('model/list', {}, signal)).answer
  const aliases = useAsked(`aliases ${version}`, (signal) => host.request('alias/list', {}, signal)).answer
  const named =
    aliases.kind === 'there' ? aliases.value.map(({ alias, provider, model }) => ({ alias, provider, model })) : []
  const read = readiness.kind === 'there' ? readiness.value : null
  const views = providers.kind === 'there' ? providers.value.filter(isUsable) : []
  const known = knownModels(views, registered.kind === 'there' ? registered.value.rows : [])
  return {
    readiness: read,
    ready: [
      ...named.filter(({ provider }) => views.some((view) => view.provider === provider)),
      ...views.flatMap((view) => modelsOf(view, known, now)),
    ],
    deciding: views.flatMap((view) => usableOf(view, known, now).filter(tellsProbabilities).map(nameOf)),
    hasOwn: views.some(({ kind }) => kind !== 'builtin'),
    problemOf(model, tasks) {
      if (model !== null || read === null) return null
      const reasons = tasks.flatMap((task) => read[task].reason ?? [])
      const each = reasons.filter(({ message }, at) => reasons.findIndex((other) => other.message === message) === at)
      return each.length > 0 ? each : null
    },
    isFree(model, tasks) {
      if (model !== null) return views.some(({ provider, kind }) => provider === model.provider && kind === 'builtin')
      return read !== null && tasks.every((task) => read[task].route?.endpoint === null)
    },
  }
}

function isUsable({ enabled, reason, health }: ProviderView): boolean {
  return enabled && reason === null && health.reason === null
}

function modelsOf(view: ProviderView, known: readonly KnownModel[], now: number): SetupModel[] {
  return usableOf(view, known, now).map(nameOf)
}

function usableOf({ provider }: ProviderView, known: readonly KnownModel[], now: number): KnownModel[] {
  return known.filter((each) => each.provider === provider && canDoTasks(each, now) && !each.isMissing)
}

const nameOf = ({ provider, model }: KnownModel) => ({ provider, model })

/** It decides, or a test has found that it can be read out. */
function tellsProbabilities(known: KnownModel): boolean {
  const { registered, listed } = known
  return typeOf(known) === 'decision' || listed?.decisions !== undefined || registered?.probe?.readout != null
}
