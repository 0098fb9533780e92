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
  # The libraries need coverage too, or the fuzzer is blind in them; only the fuzzers get its main().
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
