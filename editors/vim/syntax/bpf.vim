" Vim syntax file: the BPF language of bpfc (docs/bpfc.md)
" The word lists are compared with src/bpf/assembly/syntax.ts by test/unit/editors-bpf.test.ts.

if exists("b:current_syntax")
  finish
endif

syntax case ignore

syntax keyword bpfLoad ld ldi ldh ldb ldx ldxi ldxb st stx tax txa
syntax keyword bpfJump jmp ja jeq jneq jne jlt jle jgt jge jset ret
syntax keyword bpfArithmetic add sub mul div mod neg and or xor lsh rsh

syntax match bpfRegister /%\?\<[ax]\>/
syntax match bpfRegister /\<m\>\ze\s*\[/

" With or without #.
syntax match bpfExtension /#\?\<\%(proto\|pto\|type\|ifidx\|ifx\|nla\|nlan\|mark\|queue\|que\|q\)\>/
syntax match bpfExtension /#\?\<\%(hatype\|hat\|rxhash\|rxh\|cpu\|vlant\|vlan_tci\|vlanp\|vlan_avail\|vlan_pr\)\>/
syntax match bpfExtension /#\?\<\%(poff\|rand\|random\|vlan_tpid\|xor_x\|len\|pktlen\)\>/

syntax match bpfNumber /[-+]\?\<\%(0x\x\+\|0b[01]\+\|0\o*\|[1-9]\d*\)\>/
syntax match bpfLabel /\<\h\w*\>\ze\s*:/

syntax keyword bpfTodo contained TODO FIXME XXX
syntax match bpfComment /;.*$/ contains=bpfTodo
syntax match bpfComment +//.*$+ contains=bpfTodo
syntax region bpfComment start=+/\*+ end=+\*/+ contains=bpfTodo
syntax match bpfComment /^\s*#.*$/ contains=bpfTodo
syntax match bpfPreprocessor /^\s*#\s*\%(define\|undef\|include\|if\|ifdef\|ifndef\|else\|elif\|endif\|error\|line\)\>.*$/

highlight default link bpfLoad Statement
highlight default link bpfJump Conditional
highlight default link bpfArithmetic Operator
highlight default link bpfRegister Identifier
highlight default link bpfExtension Constant
highlight default link bpfNumber Number
highlight default link bpfLabel Label
highlight default link bpfTodo Todo
highlight default link bpfComment Comment
highlight default link bpfPreprocessor PreProc

let b:current_syntax = "bpf"
