/**
 * Whether a text speaks to whoever judges it: asks for a verdict, takes back what was said before, or looks like a part of the conversation
 * with a model. By the usual wordings of some languages: what it finds deserves a look, and what it does not find may do so all the same.
 */
export function addressesJudge(text: string): boolean {
  return wordings.some((wording) => wording.test(text))
}

const before = '(?:previous|prior|above|earlier|preceding|foregoing|your|all|any|the|these|those|other)'
const orders = '(?:instructions?|prompts?|rules?|directions?|guidelines?|messages?|orders?|context)'
const models = '(?:AI|assistant|chat ?bot|language model|LLM|judge|classifier|grader|evaluator|rater|moderator)'

/** One for each kind of approach; none of them can be made slow by a text. */
const wordings: readonly RegExp[] = [
  new RegExp(`\\b(?:ignore|disregard|forget|override|bypass) (?:${before} ){1,4}${orders}\\b`, 'i'),
  new RegExp(`\\byou are (?:now |actually |really )?(?:an? |the )?(?:\\w+ )?${models}\\b`, 'i'),
  new RegExp(
    `\\b(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)) (?:the |all |any )?(?:\\w+ )?${models}\\b`,
    'i',
  ),
  /\byour (?:system prompt|new instructions|instructions are)\b/i,
  /\bnew instructions?\s*:/i,
  /\b(?:rate|score|grade|mark|judge) (?:this|it|me|us|everything|(?:all|every|each)(?: of)?(?: these| the)? (?:items?|texts?|others?))(?: \w+){0,3} (?:as|a|an|at|with|10|ten|highest|maximum)\b/i,
  /\b(?:give|assign|award|set) (?:this|it|me|us|all|every|each)(?: \w+){0,3} (?:a |an |the )?(?:\w+ )?(?:score|rating|grade|categor(?:y|ies)|label|verdict|points?)\b/i,
  /\b(?:classify|categori[sz]e|label|sort) (?:this|it|everything|(?:all|every|each)(?: of)?(?: these| the)? (?:items?|texts?|others?))(?: \w+){0,3} (?:as|under|into)\b/i,
  // German, French, Spanish, Chinese, Japanese.
  /\b(?:ignorier\w*|vergiss|vergessen Sie|missachte\w*) (?:\w+ ){0,3}(?:Anweisung|Instruktion|Regel|Vorgabe|Prompt)/i,
  /\b(?:bewerte|beurteile|kategorisiere|klassifiziere)\w* (?:dies\w*|das|alle\w*) (?:\w+ ){0,3}(?:mit|als|unter)\b/i,
  /\b(?:ignore[rz]?|oublie[rz]?) (?:toutes? )?(?:les|tes|vos|ces) (?:\w+ )?(?:instructions|consignes|règles)/i,
  /\b(?:ignor[ae]|olvid[ae])\w* (?:todas )?(?:las|tus|sus|estas) (?:\w+ )?(?:instrucciones|reglas|indicaciones)/i,
  /(?:忽略|无视|忘记).{0,8}(?:指令|指示|提示|规则)|(?:指示|命令|ルール).{0,4}(?:無視|忘れ)/,
  // Parts of a conversation or of a prompt.
  /<\|(?:im_start|im_end|system|user|assistant|start_header_id|eot_id|channel|endoftext)\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:start|end)_of_turn>/,
  /^\s*(?:assistant|### ?(?:system|assistant|instruction|response))\s*:/im,
  /<<<ITEM |\bITEM \S{1,20} \S{1,40}>>>|"verdicts"\s*:\s*\{/,
]
