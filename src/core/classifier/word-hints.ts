import type { HintRule } from './hint.ts'

const secretNoun = String.raw`(?:strings?|values?|secrets?|keys?|passwords?|passphrases?|pass phrases?|tokens?|texts?|phrases?|characters?|chars|bytes|hash(?:es)?|salts?|credentials?)`

/** Words in comments that tell where a value comes from and whether it is needed. */
export const wordHints: readonly HintRule[] = [
  {
    id: 'random',
    kind: 'random',
    pattern: new RegExp(
      String.raw`\b(?:random(?:ly|i[sz]ed)?|unpredictable|unguessable|hard[- ]to[- ]guess|high[- ]entropy|cryptographic(?:ally)?|secure|strong|long|complex)\b[^.\n]{0,40}?\b${secretNoun}\b|\b${secretNoun}\b[^.\n]{0,30}?\b(?:random(?:ly)?|unpredictable|auto[- ]?generated)\b|\bto (?:any|some)\b[^.\n]{0,30}?\b${secretNoun}\b`,
      'i',
    ),
    examples: {
      good: [
        ['Set it to any secret that you like'],
        ['a random text will do'],
        ['only strong passwords, please'],
        ['an unpredictable value is best'],
      ],
      bad: ['A random port', 'long running jobs'],
    },
  },
  {
    id: 'generate',
    kind: 'random',
    pattern: new RegExp(
      String.raw`\b(?:auto[- ]?)?gen(?:erat(?:es?|ed|ing|or))?(?:\b|[-_])(?!ai\b)[^.\n]{0,50}?(?:\b|[-_])${secretNoun}\b|\b${secretNoun}\b[^.\n]{0,30}?\b(?:auto[- ]?)?generated?\b|\b(?:auto[- ]?generate[sd]? (?:this|it|these|them)|(?:created?|filled|set) automatically|generate (?:your own|one|this|it|yours|a new))\b`,
      'i',
    ),
    examples: {
      good: [
        ['Generate a secret for each environment'],
        ['our gen-secrets.sh writes them'],
        ['the set-up will auto-generate it'],
      ],
      bad: ['number of generated thumbnails', 'a gentle reminder of keys'],
    },
  },
  {
    id: 'generator-page',
    kind: 'random',
    pattern:
      /https?:\/\/\S{0,80}(?:random|passwordsgen|password-gen|passwordgen|pwgen|secret-?gen|generate-?secret|keygen|djecrety|jwtsecret|uuidgen|1password\.com\/password)\S{0,80}/i,
    examples: {
      good: [['https://example.com/generate-secret'], ['https://random.example/strings']],
      bad: ['https://docs.example.com/secrets'],
    },
  },
  {
    id: 'change',
    kind: 'change',
    pattern:
      /(?<!\bnot\s)(?<!n't\s)(?<!\bto\s)(?<!\bneed to\s)\b(?:change|replace|override|rotate)\b(?!d)[^.\n]{0,40}?\b(?:this|these|it|them|me|all|both|default|values?|passwords?|secrets?|keys?|in production|for production|before|to an?)\b(?!\s(?:if|when|only|unless|to (?:match|point|switch|use|enable|disable|true|false|the)|depending|according))|\b(?:this|these|it|they|values?|passwords?|secrets?|keys?|defaults?)\b[^.\n]{0,30}?\b(?:should|must|needs? to|ha(?:ve|s) to) be (?:changed|updated|replaced|regenerated|rotated)\b/i,
    examples: {
      good: [
        ['CHANGE THIS in production'],
        ['Our passwords. They have to be replaced'],
        ['change both passwords to something of your own, please'],
        ['these must be changed; replace them before the launch'],
        ['Replace with a strong value before you deploy it'],
      ],
      bad: ['do not change this', 'Change this if you use an external database', 'changes are saved'],
    },
  },
  {
    id: 'fetch',
    kind: 'fetch',
    pattern:
      /\b(?:get|obtain|create|find|grab|copy|retrieve|fetch|register|sign[- ]?up|request|apply|issued?|provided|generate|generated|available|visit|go to)\b[^\n]{0,80}?https?:\/\//i,
    examples: {
      good: [
        ['Generate a token at https://portal.example.com'],
        ['Get yours here: https://example.com/keys'],
      ],
      bad: ['see https://docs.example.com', 'generate a secret with a command'],
    },
  },
  {
    id: 'account',
    kind: 'account',
    pattern:
      /\b(?:from|in|at|on|via|under)\s(?:\S{1,30}\s){0,5}?(?:dashboard|developer (?:console|portal|settings)|(?:cloud|admin|api|aws|google|azure) console|portal|account settings|project settings|app settings|control panel)\b|\bissued by\b|\bsign[- ]?up (?:for|at|on|with)\b|\bcreate an? (?:free )?account\b|\bregister (?:at|on|for|with|your app|an app)\b|\bget\b[^.\n]{0,30}?\bapi keys?\b|\bprovided by (?:your|the)\b|\b(?:get|obtain|find|copy|request)\b[^.\n]{0,30}?\b(?:from|in) (?:your|the)\b/i,
    examples: {
      good: [
        ['copy it from your dashboard'],
        ['Sign up for a free account'],
        ['You will find it in the developer console'],
        ['provided by your host'],
      ],
      bad: ['the URL of the dashboard service', 'generate one yourself'],
    },
  },
  {
    id: 'not-optional',
    kind: 'required',
    pattern:
      /@(?:required=true|optional=false)\b|\bnot optional\b|(?<!\bnot\s)(?<!n't\s)(?<!\bno\s)(?<!\bare\s)(?<!\bif\s)\b(?:required|mandatory)\b(?!=|\s(?:if|when|for|only|by|in case))|\bmust be (?:set|provided|defined|specified|filled)\b|\b(?:refuses to|won't|will not|cannot|can't|does not|doesn't) (?:start|boot)\b/i,
    examples: {
      good: [['Required. Nothing will start without'], ['Must be set'], ['@required @sensitive']],
      bad: ['not required', 'required if you use S3', '@required=false', '@required=forEnv(prod)'],
    },
  },
  {
    id: 'optional',
    kind: 'optional',
    pattern:
      /@required=false\b|(?<!@)\boptional(?:ly)?\b|@optional(?!=false)\b|\bonly (?:needed |required |used |necessary |relevant |applies |set )?(?:if|when|for|with|in case)\b|\b(?:not|isn't|aren't|is no longer) (?:needed|required|necessary|mandatory|used)\b|\bleave (?:it |this |them |these |the \w+ )?(?:empty|blank|unset|out|commented|alone|as (?:it )?is)\b|\bif you (?:want|use|are using|need|wish|plan|don't|do not|enable|'re using)\b|\b(?:required|needed|necessary) (?:if|when|only)\b|\b(?:can|may) be (?:left )?(?:empty|blank|omitted|removed|skipped)\b|\b(?:disabled|off|unset|empty) by default\b|\bif (?:empty|not set|unset|omitted|blank)\b/i,
    examples: {
      good: [
        ['(optional) the key of the map'],
        ['Only needed for S3'],
        ['leave empty to disable'],
        ['if you want to use it'],
      ],
      bad: ['the options of the server', '@optional=false'],
    },
  },
  {
    id: 'classes',
    kind: 'classes',
    pattern:
      /(?=[^\n]{0,200}\bupper[- ]?case)(?=[^\n]{0,200}\blower[- ]?case)(?=[^\n]{0,200}\b(?:digit|number|numeric))(?=[^\n]{0,200}\b(?:special|symbol|punctuation))/i,
    form: () => 'password:24:lower-upper-digit-special',
    examples: {
      good: [
        ['upper-case and lower-case letters, a number and a symbol', 'password:24:lower-upper-digit-special'],
      ],
      bad: ['letters in upper case or lower case'],
    },
  },
]
