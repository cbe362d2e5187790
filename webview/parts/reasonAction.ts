import { assertNever, gatewayOfHolder } from '../../protocol/names.ts'
import { fieldTarget, type PageId } from '../../protocol/page.ts'
import type { Action, Reason } from '../../protocol/reasons.ts'
import { baseOfReason, fieldOfReason } from '../../shared/describe/reasonField.ts'
import type { PageContext } from '../state/pageContext.ts'
import { usePanel } from '../state/panelContext.ts'
import { focusField } from './focusField.ts'

/** Whether the settings panel can lead there. What a form or a dialog is in the middle of is done where it stands. */
export function canAct(reason: Reason): boolean {
  return actionOf(reason.action.id, reason) !== null
}

/** Does what the button under a failure says. */
export function useReasonAction(): (reason: Reason) => void {
  const { actionOf: actionHere } = usePanel()
  return (reason) => actionHere(reason)?.()
}

/** What the button under a failure does in the settings panel; null: nothing that it has. */
export function settingsAction(reason: Reason, page: PageContext): (() => void) | null {
  const act = actionOf(reason.action.id, reason)
  return act && (() => act(page))
}

/** What carries out an action; null: nothing that the panel has. */
function actionOf(id: Action['id'], reason: Reason): ((page: PageContext) => void) | null {
  const provider = 'provider' in reason ? reason.provider : undefined
  const task = 'task' in reason ? reason.task : undefined
  switch (id) {
    case 'setRoute':
    case 'chooseModel':
      return ({ openPage }) => openPage('routes', task)
    case 'list':
      return ({ openPage }) => openPage(listPage(reason))
    case 'addProvider':
      return ({ openPage }) => openPage('providers')
    case 'editProvider': {
      const field = fieldOfReason(reason)
      return provider ? ({ openPage }) => openField(provider, field, openPage) : null
    }
    case 'widenContext':
    case 'enableProvider':
    case 'testConnection':
    case 'fixConnection':
    case 'waitAndRetry':
    case 'checkAccount':
      return provider ? ({ openPage }) => openPage('providers', provider) : null
    case 'buildKnowledge':
      return ({ openPage }) => openPage('knowledge', baseOfReason(reason) ?? undefined)
    case 'setKey': {
      const gateway = provider ? gatewayOfHolder(provider) : null
      if (gateway !== null) return ({ host }) => void host.command('setGatewayKey', { gateway })
      return provider ? ({ host }) => void host.command('setKey', { provider }) : null
    }
    case 'measureModel':
      return reason.code === 'gate_unmet'
        ? ({ host }) => void host.command('evaluate', { provider: reason.provider, model: reason.model })
        : null
    case 'fixGateway':
      return gatewayAction(reason)
    case 'resumeRun':
      return ({ host }) => void host.command('resumeRun', {})
    case 'showLog':
      return ({ host }) => void host.command('showLog', {})
    case 'updateProduct':
    case 'showHelp':
      return ({ host }) => void host.command('showHelp', {})
    case 'updateServer':
    case 'shortenContent':
    case 'changeContent':
    case 'fixFile':
    case 'chooseSource':
    case 'fixFolder':
    case 'chooseOutput':
    case 'confirm':
    case 'reload':
      return null
    default:
      return assertNever(id)
  }
}

/** Null: what the proxy lacks is given to it where it runs. */
function gatewayAction(reason: Reason): ((page: PageContext) => void) | null {
  const problem = reason.code === 'gateway_unusable' || reason.code === 'gateway_entry' ? reason.problem : null
  if (problem === 'no_database' || problem === 'store_off' || problem === 'taken') return null
  if (problem === 'key_refused' && 'gateway' in reason) {
    return ({ host }) => void host.command('setGatewayKey', { gateway: reason.gateway })
  }
  return ({ openPage }) => openPage('models')
}

/** A form that is open is corrected where it stands: it may be that of a provider that is not saved yet. */
function openField(provider: string, field: string | null, openPage: PageContext['openPage']): void {
  if (field !== null && focusField(field)) return
  openPage('providers', field === null ? provider : `${provider}${fieldTarget}${field}`)
}

function listPage(reason: Reason): PageId {
  if (reason.code === 'no_default_model' || reason.code === 'gateway_entry') return 'models'
  if ('what' in reason && reason.what === 'knowledge_base') return 'knowledge'
  return 'what' in reason && reason.what === 'category' ? 'categories' : 'providers'
}
