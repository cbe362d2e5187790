import * as l10n from '@vscode/l10n'

/** A value of a newer contract is offered by its name. */
export function valueWords(value: string): string {
  switch (value) {
    case 'true':
      return l10n.t('On')
    case 'false':
      return l10n.t('Off')
    case 'low':
      return l10n.t('Low')
    case 'medium':
      return l10n.t('Medium')
    case 'high':
      return l10n.t('High')
    case 'cosine':
      return l10n.t('Cosine')
    case 'dot':
      return l10n.t('Dot product')
    case 'euclidean':
      return l10n.t('Euclidean')
    default:
      return value
  }
}

/** What a parameter of a call is called, and what it does. */
export function describeParameter(name: string): { title: string; description: string } {
  switch (name) {
    case 'dimensions':
      return { title: l10n.t('Dimensions'), description: l10n.t('Length of a vector.') }
    case 'max_tokens':
      return { title: l10n.t('Tokens of a text'), description: l10n.t('Longer texts are cut.') }
    case 'normalize':
      return { title: l10n.t('Normalize'), description: l10n.t('Scale vectors to length 1.') }
    case 'distance_metric':
      return { title: l10n.t('Distance'), description: l10n.t('How vectors are compared.') }
    case 'batch_size':
      return { title: l10n.t('Texts per call'), description: l10n.t('Maximum number of texts in one call.') }
    case 'timeout_seconds':
      return { title: l10n.t('Timeout'), description: l10n.t('Seconds that a call may take.') }
    case 'context_window':
      return { title: l10n.t('Context window'), description: l10n.t('Tokens in and out together.') }
    case 'max_output_tokens':
      return { title: l10n.t('Longest answer'), description: l10n.t('Maximum number of tokens in one answer.') }
    case 'temperature':
      return {
        title: l10n.t('Temperature'),
        description: l10n.t('How much answers to the same question vary.'),
      }
    case 'top_p':
      return { title: 'top_p', description: l10n.t('The share of the likeliest words to choose from.') }
    case 'top_k':
      return { title: 'top_k', description: l10n.t('The number of the likeliest words to choose from.') }
    case 'thinking':
      return {
        title: l10n.t('Thinking'),
        description: l10n.t('Whether it thinks before it answers, and how much.'),
      }
    case 'labels':
      return { title: l10n.t('Labels'), description: l10n.t('What it looks for, with commas between.') }
    case 'threshold':
      return { title: l10n.t('Threshold'), description: l10n.t('Names it is less sure of are left out.') }
    case 'logprobs':
      return {
        title: l10n.t('Log probabilities'),
        description: l10n.t('Whether they are asked for with an answer.'),
      }
    case 'stop':
      return {
        title: l10n.t('Stop at'),
        description: l10n.t('Texts that end an answer, with commas between; \\n is a line break.'),
      }
    // A parameter of a newer contract is offered by its name.
    default:
      return { title: name, description: '' }
  }
}
