" Vim syntax file: the packet language of trafgen (docs/trafgen-language.md)
" The word lists are compared with src/traffic by test/unit/editors-trafgen.test.ts.

if exists("b:current_syntax")
  finish
endif

syntax case ignore
" Words may begin with a digit: 1q.
syntax iskeyword @,48-57,_

syntax keyword trafgenFunction fill rnd drnd seqinc seqdec dinc ddec c8 const8 c16 const16 c32
syntax keyword trafgenFunction const32 c64 const64 csum16 csumip csumip4 csumicmp csumicmp4 csumudp
syntax keyword trafgenFunction csumtcp csumudp6 csumtcp6 csumicmp6
syntax keyword trafgenHeader dns eth vlan mpls arp pause pfc ipv4 ip4 ipv6 ip6 icmpv4 icmp4 icmpv6 icmp6
syntax keyword trafgenHeader udp tcp
syntax keyword trafgenField qr aa aanswer trunc rdesired ravail zero rc rcode qdcount ancount nscount arcount
syntax keyword trafgenField name data class ns cname ptr qry query ans answer auth add
syntax keyword trafgenField da daddr sa saddr type etype prot proto tpid tci pcp dei cfi id label
syntax keyword trafgenField lbl tc tclass exp last ttl htype ptype op oper smac sha sip spa tmac tha
syntax keyword trafgenField tip tpa code time prio pri ver version ihl tos dscp ecn len length flags
syntax keyword trafgenField df mf frag csum fl flow nh nexthdr hl hoplimit seq addr mtu sp sport dp
syntax keyword trafgenField dport aseq ackseq doff hlen cwr ece urg ack psh rst syn fin win window
syntax keyword trafgenField urgptr
syntax keyword trafgenWord request req reply echorequest echoreply 1q 1ad
syntax keyword trafgenCpu cpu

syntax match trafgenNumber /\<\%(0\=x\x\+\|0\=b[01]\+\|0\o*\|[1-9]\d*\)\>/
syntax match trafgenAddress /\<\d\+\%(\.\d\+\)\{3}\>/
syntax match trafgenAddress /\<\x\{1,2}\%(:\x\{1,2}\)\{5}\>/
syntax match trafgenAddress /\%(\<\x\{1,4}\)\?\%(:\x\{0,4}\)\{2,7}/
syntax match trafgenOperator /<<\|>>\|[-+*%&|^=]/

syntax match trafgenEscape contained /\\x\x\x\|\\[0abefnrtv\\']/
syntax match trafgenString /"[^"]*"/ contains=trafgenEscape
syntax match trafgenCharacter /'\%(\\x\x\x\|\\[0abefnrtv\\']\|.\)'/ contains=trafgenEscape

syntax keyword trafgenTodo contained TODO FIXME XXX
syntax match trafgenComment /[#;].*$/ contains=trafgenTodo
syntax match trafgenComment +//.*$+ contains=trafgenTodo
syntax region trafgenComment start=+/\*+ end=+\*/+ contains=trafgenTodo
syntax match trafgenPreprocessor /^\s*#\s*\%(define\|undef\|include\|if\|ifdef\|ifndef\|else\|elif\|endif\|error\|line\)\>.*$/

highlight default link trafgenFunction Function
highlight default link trafgenHeader Type
highlight default link trafgenField Identifier
highlight default link trafgenWord Constant
highlight default link trafgenCpu Keyword
highlight default link trafgenNumber Number
highlight default link trafgenAddress Number
highlight default link trafgenOperator Operator
highlight default link trafgenEscape SpecialChar
highlight default link trafgenString String
highlight default link trafgenCharacter Character
highlight default link trafgenTodo Todo
highlight default link trafgenComment Comment
highlight default link trafgenPreprocessor PreProc

let b:current_syntax = "trafgen"
