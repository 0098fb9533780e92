# Does what a user of the library does: installs it, finds it from a project of their own, links, runs.
cmake_minimum_required(VERSION 3.22)

set(prefix ${work_dir}/prefix)
set(consumer_build ${work_dir}/build)
file(REMOVE_RECURSE ${work_dir})

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nexit ${result}\n${output}")
  endif()
  set(output ${output} PARENT_SCOPE)
endfunction()

step(${CMAKE_COMMAND} --install ${build_dir} --prefix ${prefix})
step(${CMAKE_COMMAND} -S ${consumer_dir} -B ${consumer_build} -G ${generator}
     -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=${build_type}
     "-DCMAKE_CXX_FLAGS=${flags}")
step(${CMAKE_COMMAND} --build ${consumer_build})
step(${consumer_build}/consumer)

if(NOT output MATCHES "tenthrule ${version}, at most ${tasks_max} tasks")
  message(FATAL_ERROR "expected the consumer to print 'tenthrule ${version}, at most ${tasks_max} tasks', it printed:\n"
                      "${output}")
endif()
