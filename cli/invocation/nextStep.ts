import { assertNever, gatewayOfHolder } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fieldOfReason } from '../../shared/describe/reasonField.ts'
import { commandLine } from '../terminal/commandLine.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Call, commandAgain, commandToType, commandWith, saysOption } from './call.ts'
import { connectionStep, otherAddress, startAndAgain, startServer } from './connectionStep.ts'

/** The one thing that helps next, as a line to type, or as a sentence where no command can do it. */
export function nextStep(reason: Reason, call: Call): string {
  const provider = 'provider' in reason ? reason.provider : 'ID'
  switch (reason.action.id) {
    case 'setRoute':
      return commandToType(call, 'route', 'set', taskOf(reason), '--provider', 'ID', '--model', 'MODEL')
    case 'addProvider':
      return commandToType(call, 'provider', 'add', provider, '--kind', 'KIND')
    case 'enableProvider':
      return commandToType(call, 'provider', 'enable', provider)
    case 'editProvider':
      if (reason.code === 'secret_missing' && reason.variable && !reason.boundTo) return setVariable(reason.variable)
      if (modelParameter(reason, call) !== null)
        return `leave ${modelParameter(reason, call)} out, or give it another value`
      // What was not added cannot be corrected.
      return isCall(call, 'provider', 'add')
        ? commandAgain(call, '--set', `${fieldOfReason(reason) ?? 'KEY'}=${otherAddress(reason) ?? 'VALUE'}`)
        : commandToType(
            call,
            'provider',
            'set',
            provider,
            `${fieldOfReason(reason) ?? 'KEY'}=${otherAddress(reason) ?? 'VALUE'}`,
          )
    case 'setKey':
      return keyStep(reason, call)
    case 'fixConnection':
      return connectionStep(reason, call)
    case 'testConnection':
      if (reason.code === 'cancelled') return commandAgain(call)
      return isCall(call, 'provider', 'test')
        ? `${startServer(reason)}, then ${commandAgain(call)}`
        : (startAndAgain(reason, call) ?? commandToType(call, 'provider', 'test', provider))
    case 'chooseModel':
      return modelStep(reason, call)
    case 'checkAccount':
      return `look at the account behind ${provider}, then ${commandAgain(call)}`
    case 'buildKnowledge':
      return commandToType(
        call,
        'kb',
        reason.code === 'vectors_changed' ? 'embed' : 'build',
        'name' in reason ? reason.name : 'NAME',
      )
    case 'fixGateway':
      return gatewayStep(reason, call)
    case 'measureModel': {
      const route = 'provider' in reason && 'model' in reason ? `${reason.provider}/${reason.model}` : 'PROVIDER/MODEL'
      return `${commandToType(call, 'evaluate', '--route', route)}, or ${commandAgain(call, '--yes')}`
    }
    case 'waitAndRetry':
      return `wait, then ${commandAgain(call)}`
    case 'shortenContent':
      if (isCall(call, 'decide')) return 'give it a shorter text'
      if (isCall(call, 'ask')) return 'ask with less text, or by --model another one with a larger window'
      return 'lower limits.categorize_chars and limits.score_chars in the profile'
    case 'widenContext':
      return windowStep(reason, call)
    case 'changeContent':
      return 'look at the item that was refused'
    case 'resumeRun':
      if (isCall(call, 'model', 'pull')) return commandAgain(call)
      return reason.code === 'run_busy'
        ? commandToType(call, 'run', 'show', reason.runId)
        : commandToType(call, 'run', 'list')
    case 'fixFile':
      return fixStep(reason, call)
    case 'chooseSource':
      return sourceStep(reason)
    case 'chooseOutput':
      if (reason.code === 'output_invalid' && reason.edited && !isCall(call, 'run', 'resume'))
        return `move it away, or replace it: ${commandAgain(call, '--output', reason.path)}`
      return `name another place: ${isCall(call, 'audit') ? '--export' : '--output'} FILE`
    case 'list':
      if (reason.code === 'gateway_entry') return unmark(reason, call)
      if (reason.code === 'already_exists' && reason.what === 'profile') return commandAgain(call, '--overwrite')
      if (reason.code === 'no_default_model') return commandToType(call, 'model', 'default', 'ID', 'MODEL')
      if ('what' in reason && listedBy[reason.what]) return commandToType(call, listedBy[reason.what] ?? '', 'list')
      return commandToType(call, 'what' in reason ? reason.what : 'provider', 'list')
    case 'confirm':
      return commandAgain(call, reason.code === 'gateway_keys_unconfirmed' ? '--send-keys' : '--yes')
    case 'reload':
      return reason.code === 'store_read_only' && reason.cause === 'moved'
        ? 'leave out --data-dir and LLM_PROVIDERS_HOME, or name the folder that it moved to'
        : commandAgain(call)
    case 'updateProduct':
      return 'update llm-providers'
    case 'updateServer':
      return reason.code === 'ask_unsupported' && reason.needs
        ? `update it to ${oneLine(reason.needs)} or later, then ${commandAgain(call)}`
        : `update the server, then ${commandAgain(call)}`
    case 'fixFolder':
      return folderStep(reason)
    case 'showLog':
      return reason.code === 'store_invalid' || reason.code === 'store_failed'
        ? 'look at that folder, or name another one: --data-dir FOLDER'
        : `LLM_PROVIDERS_DEBUG=1 ${commandAgain(call)}`
    case 'showHelp':
      if (reason.code === 'learn_failed') return learnStep(reason, call)
      return reason.code === 'usage_invalid' ? oneLine(`${reason.usage} --help`) : commandToType(call, '--help')
    default:
      return assertNever(reason.action.id)
  }
}

/** Things that another command lists than one of their name. */
const listedBy: Readonly<Record<string, string>> = { message: 'thread', knowledge_base: 'kb' }

function isCall(call: Call, ...path: string[]): boolean {
  return call.path.join(' ') === path.join(' ')
}

/** What the proxy lacks is given to it where it runs; the rest is a command of ours. */
function gatewayStep(reason: Reason, call: Call): string {
  if (reason.code === 'gateway_entry' && reason.problem === 'taken') {
    return `remove that entry at the gateway, then ${commandAgain(call)}`
  }
  const gateway = 'gateway' in reason ? reason.gateway : 'ID'
  const problem = reason.code === 'gateway_unusable' ? reason.problem : null
  if (problem === 'no_database' || problem === 'store_off') {
    return `set DATABASE_URL and STORE_MODEL_IN_DB=True where the proxy runs, then ${commandAgain(call)}`
  }
  if (problem === 'key_refused') return commandToType(call, 'gateway', 'set-key', gateway)
  if (problem === 'not_a_gateway' || problem === 'refused') {
    return isCall(call, 'gateway', 'add')
      ? commandAgain(call, '--url', 'URL')
      : commandToType(call, 'gateway', 'set', gateway, '--url', 'URL')
  }
  return isCall(call, 'gateway', 'test') ? commandAgain(call) : commandToType(call, 'gateway', 'sync', gateway)
}

function unmark({ provider, model }: Extract<Reason, { code: 'gateway_entry' }>, call: Call): string {
  return commandToType(call, 'model', 'set', provider, model, 'sync=false')
}

function taskOf(reason: Reason): string {
  return 'task' in reason && reason.task ? reason.task : 'TASK'
}

/** A parameter or a price of a registered model is no setting of its provider; null: it is not about one. */
function modelParameter(reason: Reason, call: Call): string | null {
  const path = reason.code === 'config_invalid' ? (reason.problems[0]?.path ?? '') : ''
  if (call.path[0] === 'model' && path.startsWith('price.')) return oneLine(path)
  return path.startsWith('parameters.') ? oneLine(path.slice('parameters.'.length)) : null
}

/** A variable that is named already only has to be set; one bound elsewhere has to be named again; else the keyring keeps the key. */
function keyStep(reason: Reason, call: Call): string {
  const provider = 'provider' in reason ? reason.provider : 'ID'
  const gateway = gatewayOfHolder(provider)
  if (gateway !== null) return gatewayKeyStep(reason, gateway, call)
  const name = (variable = 'NAME') => commandToType(call, 'provider', 'set', provider, '--key-env', variable)
  if (reason.code !== 'secret_missing') return commandToType(call, 'provider', 'set-key', provider)
  const { source, store, variable, boundTo } = reason
  if (source === 'environment') return variable && !boundTo ? setVariable(variable) : name(variable)
  return store && store !== 'damaged' ? name(variable) : commandToType(call, 'provider', 'set-key', provider)
}

function gatewayKeyStep(reason: Reason, gateway: string, call: Call): string {
  if (reason.code !== 'secret_missing') return commandToType(call, 'gateway', 'set-key', gateway)
  if (reason.source === 'environment' && reason.variable) return setVariable(reason.variable)
  return reason.store && reason.store !== 'damaged'
    ? commandToType(call, 'gateway', 'set', gateway, '--key-env', 'NAME')
    : commandToType(call, 'gateway', 'set-key', gateway)
}

/** What its surest answers reach can be promised. */
function learnStep({ problem, best = 0 }: Extract<Reason, { code: 'learn_failed' }>, call: Call): string {
  const reached = Math.floor(best * 100) / 100
  return problem === 'no_floor' && reached >= 0.5
    ? commandWith(call, '--agreement', String(reached))
    : commandToType(call, 'model', 'learn', '--help')
}

function folderStep(reason: Reason): string {
  const isFull = reason.code === 'store_failed' && reason.cause === 'disk_full'
  return `${isFull ? 'make room there' : 'make it writable'}, or name another folder: --data-dir FOLDER`
}

/** The window is doubled until what was needed fits with its answer; a server that was started with one has to be started anew. */
function windowStep(reason: Reason, call: Call): string {
  if (reason.code !== 'context_too_long') return 'give the model a larger window'
  if (reason.remedy === 'restart_server')
    return 'start the server with a larger context (-c) or fewer slots (-np), or lower the limits in the profile'
  const { limitTokens, neededTokens } = reason
  let window = Math.max(limitTokens ?? 0, 2_048)
  while (window < (neededTokens ?? 0) * 1.25 || window <= (limitTokens ?? 0)) window *= 2
  return commandToType(call, 'model', 'set', reason.provider, reason.model, `context_window=${window}`)
}

function setVariable(variable: string): string {
  return `export ${commandLine([variable])}=…`
}

function modelStep(reason: Reason, call: Call): string {
  if (reason.code === 'learned_unfit' && reason.why !== 'scoring')
    return commandToType(call, 'model', 'learn', reason.model, '--from', 'RUN')
  if (reason.code === 'lane_unsupported') return commandWith(call, '--lane', 'single')
  if (!('provider' in reason)) return commandToType(call, 'model', 'list')
  if (reason.code === 'ask_unsupported' && reason.ask === 'readout') {
    const { provider, model } = reason
    return saysOption(call, '--ask')
      ? commandWith(call, '--ask', 'text')
      : commandToType(call, 'route', 'set', 'TASK', '--provider', provider, '--model', model, '--ask', 'text')
  }
  // What the call itself named is said otherwise there, and no route has to change.
  const other = otherModel(reason)
  if (other !== null && (saysOption(call, '--provider') || saysOption(call, '--model')))
    return commandWith(call, '--model', other)
  return reason.code === 'model_deprecated' && reason.replacement
    ? commandToType(call, 'route', 'set', taskOf(reason), '--provider', reason.provider, '--model', reason.replacement)
    : commandToType(call, 'provider', 'models', reason.provider)
}

/** The model that would do instead, `MODEL` where several would; null: which there are has to be looked up. */
function otherModel(reason: Reason): string | null {
  switch (reason.code) {
    case 'model_deprecated':
      return reason.replacement ?? null
    case 'model_unconfigured':
      return 'MODEL'
    case 'model_missing':
      return reason.alternatives.length > 1 ? 'MODEL' : (reason.alternatives[0] ?? null)
    default:
      return null
  }
}

/** Labels go into the workspace's golden set: another one that a call named is not begun by them. */
function labelsStep(reason: Extract<Reason, { code: 'labels_failed' }>, call: Call): string {
  return reason.problem === 'no_labels' && !saysOption(call, '--golden')
    ? commandToType(call, 'label', 'set', 'RUN', 'ITEM', '--category', 'NAME')
    : `look at ${oneLine(reason.file)}`
}

type SourceInvalid = Extract<Reason, { code: 'source_invalid' }>

function fixStep(reason: Reason, call: Call): string {
  if (reason.code === 'prompt_invalid') {
    const part = reason.problems[0]?.path || 'system'
    return `correct the text; one that works: ${commandToType(call, 'prompt', 'show', reason.task, part, '--default')}`
  }
  if (reason.code === 'questions_invalid') return commandToType(call, ...call.path, '--help')
  if (reason.code === 'label_invalid') return commandToType(call, 'label', 'set', '--help')
  if (reason.code === 'labels_failed') return labelsStep(reason, call)
  if (reason.code === 'category_invalid') return commandToType(call, 'category', 'list')
  if (reason.code === 'profile_invalid') return `correct the profile ${oneLine(reason.file)}`
  if (reason.code === 'policy_denied') return rulesStep(reason, call)
  if (reason.code !== 'source_invalid') return 'correct it'
  if (reason.problem === 'no_text_field') {
    const field = reason.field === undefined ? 'FIELD' : JSON.stringify(oneLine(reason.field))
    return `name the field that holds the text: --text ${field}`
  }
  if (reason.items !== undefined) return `say which list holds the items: --items ${oneLine(reason.items)}`
  if (reason.problem === 'no_id_field') return 'name the field that holds the id: --id FIELD'
  if (reason.problem === 'encoding') return encodingStep(reason.encoding)
  const table = tableStep(reason)
  if (table !== null) return table
  return `correct ${oneLine(reason.source)}`
}

/** What may be used is in the file; a file that cannot be read has to be corrected first. */
function rulesStep({ problems, file }: Extract<Reason, { code: 'policy_denied' }>, call: Call): string {
  if (problems !== undefined) return `correct ${oneLine(file ?? 'the rules')}`
  return `see what the rules allow: ${commandToType(call, 'policy', 'check')}`
}

function sourceStep(reason: Reason): string {
  const isEmpty = reason.code === 'source_invalid' && reason.problem === 'empty'
  return isEmpty ? `name another file: there is nothing in ${oneLine(reason.source)}` : 'check the path'
}

/** Of a file that is no text; null: nothing of the kind is wrong. */
function tableStep({ problem, saveAs, tables, source }: SourceInvalid): string | null {
  const [first] = tables?.names ?? []
  if (tables?.setting === 'query') return `say what to read: ${commandLine(['--query', 'select … from …'])}`
  if (tables && first !== undefined) return `name one: ${commandLine([`--${tables.setting}`, oneLine(first)])}`
  if (problem === 'encrypted') return 'save it without a password'
  if (problem === 'locked') return 'close it in the other program'
  return saveAs === undefined ? null : `save ${oneLine(source)} as ${saveAs}`
}

function encodingStep(likely: string | undefined): string {
  return likely === undefined ? 'save it as UTF-8' : `name its encoding: --encoding ${likely}`
}
