# Set for the whole tree: half a program under ASan reports errors that are none.
if(TENTHRULE_SANITIZE)
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
endif()

if(TENTHRULE_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "TENTHRULE_FUZZERS needs clang: libFuzzer is part of it")
  endif()
  # What instrumented objects call is part of the sanitizers' runtime; only the fuzzers get libFuzzer's main().
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# tenthrule_fuzzed(<target>): has a parser that is fuzzed, and the fuzzer is blind in what does not count coverage.
# Not for the whole tree: counting slows the engine down, in which there is nothing to parse.
function(tenthrule_fuzzed target)
  if(TENTHRULE_FUZZERS)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
